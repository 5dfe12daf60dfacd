/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt_tpm.c - the TPM (tpm-tis), with the methods of the TCG PC Client
 * Physical Presence Interface Specification 1.3. The requests lie in memory
 * that firmware and OS share.
 */
#include "tables.h"

enum {
	STA_ALL = 0x0f,
	PPI_LEN = 0x5a,		/* the request and its answer */
	PPI_MOVV_OFFSET = 0x5a, /* memory overwrite request */
	PPI_FUNCTIONS = 0x100,	/* one byte each, in front of the request */

	/* PPI 1.3, table 5: what an operation needs. */
	FUNCTION_MASK = 7,
	NOT_IMPLEMENTED = 0,
	BLOCKED = 2,

	/* Answers of the functions. */
	SUCCESS = 0,
	UNSUPPORTED = 1,
	BY_FIRMWARE = 3,
	TRANSITION_REBOOT = 2,
	LANGUAGE_UNSUPPORTED = 3,
};

#define PPI_BASE (TPM_TIS_BASE + TPM_TIS_SIZE)

/* 3dddfaa6-361b-4eb4-a424-8d10089d1653: physical presence */
static const uint8_t ppi_uuid[16] = {
	0xa6, 0xfa, 0xdd, 0x3d, 0x1b, 0x36, 0xb4, 0x4e,
	0xa4, 0x24, 0x8d, 0x10, 0x08, 0x9d, 0x16, 0x53,
};

/* 376054ed-cc13-4675-901c-4756d7f2d45d: memory clear */
static const uint8_t memory_clear_uuid[16] = {
	0xed, 0x54, 0x60, 0x37, 0x13, 0xcc, 0x75, 0x46,
	0x90, 0x1c, 0x47, 0x56, 0xd7, 0xf2, 0xd4, 0x5d,
};

static void shared_memory(struct rv_aml *w)
{
	rv_aml_operation_region(w, "TPP2", RV_SPACE_MEMORY,
				PPI_BASE + PPI_FUNCTIONS, PPI_LEN);
	rv_aml_field(w, "TPP2", RV_FIELD_ANY);
	rv_aml_field_unit(w, "PPIN", 8);
	rv_aml_field_unit(w, "PPIP", 32);
	rv_aml_field_unit(w, "PPRP", 32);
	rv_aml_field_unit(w, "PPRQ", 32);
	rv_aml_field_unit(w, "PPRM", 32);
	rv_aml_field_unit(w, "LPPR", 32);
	rv_aml_end(w);
	rv_aml_operation_region(w, "TPP3", RV_SPACE_MEMORY,
				PPI_BASE + PPI_FUNCTIONS + PPI_MOVV_OFFSET, 1);
	rv_aml_field(w, "TPP3", RV_FIELD_BYTE);
	rv_aml_field_unit(w, "MOVV", 8);
	rv_aml_end(w);
}

/* TPFN (operation): what the firmware says about it. */
static void method_tpfn(struct rv_aml *w)
{
	rv_aml_method(w, "TPFN", 1, RV_SERIALIZED);
	rv_aml_if(w, aml_lnot(aml_lless(ARG(0), INT(PPI_FUNCTIONS))));
	PUT(aml_return(INT(0)));
	rv_aml_end(w);
	rv_aml_operation_region_head(w, "TPP1", RV_SPACE_MEMORY);
	PUT(aml_add(INT(PPI_BASE), ARG(0)));
	rv_aml_integer(w, 1);
	rv_aml_field(w, "TPP1", RV_FIELD_BYTE);
	rv_aml_field_unit(w, "TPPF", 8);
	rv_aml_end(w);
	PUT(aml_return(NAME("TPPF")));
	rv_aml_end(w);
}

/* The packages that functions 3 and 5 answer with. */
static void answers(struct rv_aml *w)
{
	rv_aml_name(w, "TPM2");
	rv_aml_package(w, 2);
	rv_aml_integer(w, 0);
	rv_aml_integer(w, 0);
	rv_aml_end(w);
	rv_aml_name(w, "TPM3");
	rv_aml_package(w, 3);
	rv_aml_integer(w, 0);
	rv_aml_integer(w, 0);
	rv_aml_integer(w, 0);
	rv_aml_end(w);
}

static void if_function(struct rv_aml *w, unsigned function)
{
	rv_aml_if(w, aml_lequal(ARG(2), INT(function)));
}

static void store_element(struct rv_aml *w, const char *package, unsigned i,
			  const char *value)
{
	PUT(aml_store(NAME(value), aml_index(NAME(package), INT(i))));
}

/* Local0: the operation asked for; Local1: what firmware says about it. */
static void look_up_operation(struct rv_aml *w)
{
	PUT(aml_store(aml_deref_of(aml_index(ARG(3), INT(0))), LOCAL(0)));
	PUT(aml_store(aml_call("TPFN", LOCAL(0)), LOCAL(1)));
}

static void return_if_state(struct rv_aml *w, unsigned state, unsigned answer)
{
	rv_aml_if(
	    w, aml_lequal(aml_and(LOCAL(1), INT(FUNCTION_MASK)), INT(state)));
	PUT(aml_return(INT(answer)));
	rv_aml_end(w);
}

/* Functions 0 to 2: which there are, which version, request an operation. */
static void functions_0_to_2(struct rv_aml *w)
{
	static const uint8_t which[] = { 0xff, 0x01 }; /* 0 to 8 */

	if_function(w, 0);
	PUT(aml_return(aml_buffer(which, sizeof which)));
	rv_aml_end(w);
	if_function(w, 1);
	PUT(aml_return(STRING("1.3")));
	rv_aml_end(w);
	if_function(w, 2);
	look_up_operation(w);
	return_if_state(w, NOT_IMPLEMENTED, UNSUPPORTED);
	PUT(aml_store(LOCAL(0), NAME("PPRQ")));
	PUT(aml_store(INT(0), NAME("PPRM")));
	PUT(aml_return(INT(SUCCESS)));
	rv_aml_end(w);
}

/* Functions 3 to 6: the pending request, how to reboot, the last answer. */
static void functions_3_to_6(struct rv_aml *w)
{
	if_function(w, 3);
	rv_aml_if(w, aml_lequal(ARG(1), INT(1)));
	store_element(w, "TPM2", 1, "PPRQ");
	PUT(aml_return(NAME("TPM2")));
	rv_aml_end(w);
	rv_aml_if(w, aml_lequal(ARG(1), INT(2)));
	store_element(w, "TPM3", 1, "PPRQ");
	store_element(w, "TPM3", 2, "PPRM");
	PUT(aml_return(NAME("TPM3")));
	rv_aml_end(w);
	rv_aml_end(w);
	if_function(w, 4);
	PUT(aml_return(INT(TRANSITION_REBOOT)));
	rv_aml_end(w);
	if_function(w, 5);
	store_element(w, "TPM3", 1, "LPPR");
	store_element(w, "TPM3", 2, "PPRP");
	PUT(aml_return(NAME("TPM3")));
	rv_aml_end(w);
	if_function(w, 6);
	PUT(aml_return(INT(LANGUAGE_UNSUPPORTED)));
	rv_aml_end(w);
}

/* Function 7: request an operation, in revision 2 with a parameter. */
static void function_7(struct rv_aml *w)
{
	if_function(w, 7);
	look_up_operation(w);
	return_if_state(w, NOT_IMPLEMENTED, UNSUPPORTED);
	return_if_state(w, BLOCKED, BY_FIRMWARE);
	rv_aml_if(w, aml_lequal(ARG(1), INT(1)));
	PUT(aml_store(LOCAL(0), NAME("PPRQ")));
	PUT(aml_store(INT(0), NAME("PPRM")));
	rv_aml_end(w);
	rv_aml_if(w, aml_lequal(ARG(1), INT(2)));
	PUT(aml_store(LOCAL(0), NAME("PPRQ")));
	PUT(aml_store(aml_deref_of(aml_index(ARG(3), INT(1))), NAME("PPRM")));
	rv_aml_end(w);
	PUT(aml_return(INT(SUCCESS)));
	rv_aml_end(w);
}

static void method_dsm(struct rv_aml *w)
{
	static const uint8_t none[] = { 0x00 }, both[] = { 0x03 };

	rv_aml_method(w, "_DSM", 4, RV_SERIALIZED);
	rv_aml_if(w, aml_lequal(ARG(0), aml_buffer(ppi_uuid, 16)));
	functions_0_to_2(w);
	functions_3_to_6(w);
	function_7(w);
	if_function(w, 8);
	look_up_operation(w);
	PUT(aml_return(aml_and(LOCAL(1), INT(FUNCTION_MASK))));
	rv_aml_end(w);
	PUT(aml_return(aml_buffer(none, sizeof none)));
	rv_aml_end(w);

	rv_aml_if(w, aml_lequal(ARG(0), aml_buffer(memory_clear_uuid, 16)));
	if_function(w, 0);
	PUT(aml_return(aml_buffer(both, sizeof both)));
	rv_aml_end(w);
	if_function(w, 1);
	PUT(aml_store(aml_deref_of(aml_index(ARG(3), INT(0))), LOCAL(0)));
	PUT(aml_store(LOCAL(0), NAME("MOVV")));
	PUT(aml_return(INT(SUCCESS)));
	rv_aml_end(w);
	rv_aml_end(w);
	rv_aml_end(w);
}

void rv_dsdt_tpm(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_device(w, "TPM");
	rv_aml_name_string(w, "_HID", "MSFT0101");
	rv_aml_name_string(w, "_STR", "TPM 2.0 Device");
	rv_aml_name_integer(w, "_UID", 1);
	rv_aml_name_integer(w, "_STA", STA_ALL);
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_memory32_fixed(w, TPM_TIS_BASE, TPM_TIS_SIZE);
	rv_aml_resources_end(w);
	shared_memory(w);
	method_tpfn(w);
	answers(w);
	method_dsm(w);
	rv_aml_end(w);
}
