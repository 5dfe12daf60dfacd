/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.h - stage "measure": reference values for MRTD and RTMR0-2.
 */
#ifndef REFVAL_MEASURE_H
#define REFVAL_MEASURE_H

#include <refval/acpi.h>
#include <refval/image.h>
#include <refval/shape.h>
#include <refval/snp.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct rv_measure_cache;

/* Where a value came from. Printed with every value. */
enum rv_origin {
	RV_ORIGIN_NONE = 0,
	RV_ORIGIN_COMPUTED, /* by formula from the files and the shape */
	RV_ORIGIN_GIVEN,    /* by the user, e.g. --acpi FILE */
	RV_ORIGIN_CAPTURED, /* published or captured, from a release record */
};

/*
 * What the digest of the kernel depends on where it is of the file as it is,
 * and not of a setup header that QEMU writes: the one of these words that
 * decides anything (measurement.tdx.cbor has no place for such a digest).
 */
#define RV_DEPENDS_ON_FILE "kernel (measured as the file is)"

/* One predicted event. */
struct rv_predicted {
	char label[48]; /* e.g. "td-hob", "acpi-tables", "kernel" */
	uint32_t type;	/* TCG PC Client PFP event type */
	bool known;	/* false: @digest could not be computed */
	struct rv_sha384 digest;
	enum rv_origin origin;
	char depends[160]; /* what the digest depends on, in words */
};

enum {
	RV_EVENTS_MAX = 64,
	RV_INPUTS_MAX = 8,
	RV_ASSUMED_MAX = 16,
	RV_VALUES_REGISTERS = 3,
	RV_FIRMWARE_MAX = 64 << 20, /* bytes of a firmware image */
	RV_KERNEL_MAX = 256 << 20,  /* bytes of a bzImage */
	RV_INITRD_MAX = 512 << 20,  /* bytes of an initrd */
	RV_CMDLINE_MAX = 16 << 10,  /* bytes of a command line */
	RV_DOCUMENT_MAX = 64 << 10, /* bytes of a measurement.tdx.cbor */
	RV_VALUES_MAX = 4 << 20,    /* bytes of a refval.values/1 document */
};

/* One register: its value follows from its events. */
struct rv_register {
	bool known; /* all events known: @value is valid */
	struct rv_sha384 value;
	enum rv_origin origin;
	char why[200]; /* when not known: what is missing */
	size_t n;      /* events; 0 when only the value is known */
	struct rv_predicted event[RV_EVENTS_MAX];
};

struct rv_mrtd {
	bool known; /* single_pass and two_pass are valid */
	struct rv_sha384 single_pass, two_pass;
	enum rv_page_add page_add; /* which one this shape gives, or unknown */
	enum rv_origin origin;
	char why[200]; /* what is missing: the values, or the page order */
	bool has_single, has_two; /* for captured values: which are recorded */
};

/* refval.values/1 */
/* A manifest of NVIDIA's: golden values of a GPU's driver or VBIOS. */
struct rv_values_rim {
	char id[96];		 /* "NV_GPU_DRIVER_GH100_595.71.05" */
	struct rv_sha256 sha256; /* of its XML */
};

enum { RV_VALUES_RIMS_MAX = 16 };

/* The app of a deployment: what its app-compose.json decides. */
struct rv_values_app {
	bool there;
	struct rv_sha256 compose_hash; /* of the file's bytes */
	bool has_gpu_policy; /* requirements.gpu_policy, since dstack 0.6.0 */
	struct rv_sha256 gpu_policy; /* of its JCS (RFC 8785) */
};

/*
 * What an image of dstack 0.6 is on each platform: its documents measurement.*
 * by their SHA-256, and what they say. Of Intel's that is what the registers
 * say.
 */
struct rv_values_platforms {
	bool has_tdx, has_snp, has_gcp, has_aws;
	struct rv_sha256 tdx, snp, gcp, aws; /* of the documents */
	struct rv_snp_image launch;	     /* of SEV-SNP */
	struct rv_sha256 uki_auth;	     /* of gcp: the kernel image */
	struct rv_sha256 boot_pcr_digest;    /* of aws: a NitroTPM's PCRs */
	bool has_pcrs;			     /* measurement.aws.replay.json */
	struct rv_sha384 pcr4, pcr7, pcr12;
};

struct rv_values {
	char release[64]; /* the record these came from, or "" */
	struct rv_shape shape;
	struct rv_input input[RV_INPUTS_MAX];
	size_t inputs;
	struct rv_mrtd mrtd;
	/* A list by name: rv_values_register(), rv_values_name(). */
	struct rv_register reg[RV_VALUES_REGISTERS];
	char edk2[24];	     /* rule set applied, e.g. "edk2-stable202502" */
	char edk2_from[120]; /* how it was recognised */
	char assumed[RV_ASSUMED_MAX][160]; /* what was taken for granted */
	size_t assumptions;
	bool has_os_image_hash;
	struct rv_sha256 os_image_hash;
	bool has_mr_image; /* sha256(mrtd || rtmr1 || rtmr2), up to 0.5.0 */
	struct rv_sha256 mr_image;
	/* The TD HOB witness of a measurement.tdx.cbor, empty: not known. */
	uint8_t td_hob[1024];
	size_t td_hob_n;
	bool has_mr_system; /* with the key provider's term 32 zero bytes */
	struct rv_sha256 mr_system;
	/* The GPUs', one of each id; a machine without GPUs has none. */
	struct rv_values_rim gpu_rim[RV_VALUES_RIMS_MAX];
	size_t gpu_rims;
	struct rv_values_app app;
	struct rv_values_platforms platforms;
};

/*
 * The registers that values predict beside MRTD, in the order of @reg: "rtmr0",
 * "rtmr1", "rtmr2", and the hash that each is extended by.
 */
RV_API const char *rv_values_name(size_t i);
RV_API enum rv_alg rv_values_alg(size_t i);
RV_API bool rv_platforms_any(const struct rv_values_platforms *p);
/* The member "platforms" of records, as text; owned, rv_buf_free(). */
RV_API RV_MUST bool rv_platforms_text(const struct rv_values_platforms *p,
				      struct rv_buf *out, struct rv_err *err);
/* The member "platforms" of values and records, alone. */
RV_API RV_MUST bool rv_platforms_read(struct rv_span json,
				      struct rv_values_platforms *out,
				      struct rv_err *err);
/* One of them by name; NULL for another name. Borrows from @v. */
RV_API const struct rv_register *rv_values_register(const struct rv_values *v,
						    const char *name);
/* The same, to be written to. */
RV_API struct rv_register *rv_values_at(struct rv_values *v, const char *name);

/* The MRTD that this shape gives, or NULL when it is not known which. */
RV_API const struct rv_sha384 *rv_mrtd_value(const struct rv_mrtd *m);

/* MRTD of a TDVF firmware, in both page orders. */
RV_API RV_MUST bool rv_mrtd_compute(struct rv_span firmware,
				    struct rv_mrtd *out, struct rv_err *err);

/*
 * Extend zeros with every event of @reg; @reg->known, value and origin follow.
 * An unknown event leaves the register not known, with a reason in @why.
 */
RV_API RV_MUST bool rv_register_replay(struct rv_register *reg,
				       struct rv_err *err);

/*
 * dstack's values over registers. @rtmr holds RTMR0 to RTMR3, of which each
 * uses what its name says: mr_image 1 and 2, mr_system 0 to 2, mr_aggregated
 * all four. mr_system's last term is 32 zero bytes without @key_provider_info;
 * @config is mr_config_id, mr_owner, mr_owner_config.
 */
RV_API RV_MUST bool rv_mr_image(const struct rv_sha384 *mrtd,
				const struct rv_sha384 rtmr[4],
				struct rv_sha256 *out, struct rv_err *err);
RV_API RV_MUST bool rv_mr_system(const struct rv_sha384 *mrtd,
				 const struct rv_sha384 rtmr[4],
				 struct rv_span key_provider_info,
				 struct rv_sha256 *out, struct rv_err *err);
RV_API RV_MUST bool rv_mr_aggregated(const struct rv_sha384 *mrtd,
				     const struct rv_sha384 rtmr[4],
				     const struct rv_sha384 config[3],
				     struct rv_sha256 *out, struct rv_err *err);
/* mr_config_id, version 1 from a compose hash, version 3 from its document. */
RV_API void rv_mr_config_id_v1(const struct rv_sha256 *compose_hash,
			       struct rv_sha384 *out);
RV_API RV_MUST bool rv_mr_config_id_v3(struct rv_span document,
				       struct rv_sha384 *out,
				       struct rv_err *err);

/* measurement.tdx.cbor: what dstack's light verification starts from. */
struct rv_document {
	unsigned version; /* 3 or 4; 2: the form before, without the key */
	struct rv_sha384 cmdline_sha384; /* not 4: with " initrd=initrd" */
	char cmdline[4096];		 /* 4: as in metadata.json */
	struct rv_sha384 kernel_authenticode;
	bool kernel_header_normalized; /* 4 */
	struct rv_sha384 initrd_sha384;
	enum rv_ovmf ovmf;
	struct rv_sha384 single_pass, two_pass; /* MRTD */
	uint8_t td_hob[1024]; /* witness: page numbers of the sections */
	size_t td_hob_n;
};

/*
 * RV_INPUT for any other version, key or order of keys, a number not in its
 * shortest form, and bytes left over. Writing gives back the bytes read.
 */
RV_API RV_MUST bool rv_document_read(struct rv_span cbor,
				     struct rv_document *out,
				     struct rv_err *err);
/*
 * Is @document the file @name ("measurement.tdx.cbor") that @checksums, a
 * sha256sum.txt, lists? Then *@os_image_hash is that of the image. RV_INPUT
 * otherwise.
 */
RV_API RV_MUST bool rv_document_listed(const char *name,
				       struct rv_span document,
				       struct rv_span checksums,
				       struct rv_sha256 *os_image_hash,
				       struct rv_err *err);
/* The document's bytes; owned, rv_buf_free(). RV_SYSTEM without memory. */
RV_API RV_MUST bool rv_document_write(const struct rv_document *d,
				      struct rv_buf *out, struct rv_err *err);

/* What is measured. All pointers are borrowed. */
struct rv_measure_input {
	struct rv_span firmware; /* the whole image; empty: not given */
	struct rv_span kernel;	 /* the whole bzImage; empty: not given */
	bool has_initrd;
	uint64_t initrd_size; /* bytes */
	struct rv_sha384 initrd_sha384;
	const char *cmdline; /* without initrd=initrd; NULL: not given */
	const struct rv_document *document; /* instead of all these; or NULL */
	/* What the image's metadata.json says, or NULL and unset. */
	const char *version, *ovmf_variant;
	enum rv_tri kernel_header_normalized;
	enum rv_tri root_verity; /* false: the root file system is an iso */
	/* The three ACPI digests, or NULL with the reason in @acpi_why. */
	const struct rv_acpi_digests *acpi;
	enum rv_origin acpi_origin;
	const char *acpi_why;
	/* For many shapes of the same files, one thread at a time; or NULL. */
	struct rv_measure_cache *cache;
};

/*
 * What does not hang on the shape, kept from one rv_measure() to the next. It
 * is good for one set of files only.
 */
RV_API RV_MUST bool rv_measure_cache_new(struct rv_measure_cache **out,
					 struct rv_err *err);
RV_API void rv_measure_cache_free(struct rv_measure_cache **c);

/*
 * The document of version 3 or 4 that dstack writes for the files in @in. The
 * kernel's digest is that of most memory sizes (2 GiB, and from 2816 MiB on)
 * unless the image's kernel header is normalised. RV_INPUT when a file is
 * missing, or the firmware is of neither of dstack's two variants.
 */
RV_API RV_MUST bool rv_document_make(const struct rv_measure_input *in,
				     unsigned version, struct rv_document *out,
				     struct rv_err *err);

/*
 * What of @image is measured, into @in (which then borrows from @image); the
 * files and the os_image_hash are noted in @note. RV_INPUT when it is not an
 * image that QEMU boots directly.
 */
RV_API RV_MUST bool rv_measure_image(const struct rv_image *image,
				     struct rv_measure_input *in,
				     struct rv_values *note,
				     struct rv_err *err);

/* What the files of @in say of the machine, where nobody gave it. */
RV_API void rv_measure_shape(const struct rv_measure_input *in,
			     struct rv_shape *shape);

/*
 * Predict every register. What the input or the shape does not decide is not
 * known, with a reason; RV_INPUT when they contradict each other, or when the
 * firmware's rules cannot be told. Inputs, release and os_image_hash are the
 * caller's to fill in.
 */
RV_API RV_MUST bool rv_measure(const struct rv_measure_input *in,
			       const struct rv_shape *shape,
			       struct rv_values *out, struct rv_err *err);

/*
 * refval.values/1 as text, keys in fixed order, a line feed at its end; owned,
 * rv_buf_free(). RV_SYSTEM without memory.
 */
RV_API RV_MUST bool rv_values_write(const struct rv_values *v,
				    struct rv_buf *out, struct rv_err *err);
/*
 * Read it back. RV_INPUT when a member is missing or has the wrong type, and
 * when a register is not what its own events give.
 */
RV_API RV_MUST bool rv_values_read(struct rv_span json, struct rv_values *out,
				   struct rv_err *err);
RV_API const char *rv_origin_name(enum rv_origin o);

#ifdef __cplusplus
}
#endif

#endif
