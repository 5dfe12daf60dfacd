/* SPDX-License-Identifier: Apache-2.0 */
/*
 * terms.c - the words of the field, a sentence each. docs/GLOSSARY.md has the
 * same ones; a test compares.
 */
#include "terms.h"
#include "out.h"

#include <strings.h>

static const struct {
	const char *name, *sentence;
} term[] = {
	{ "ACPI", "Tables in which a machine describes its hardware to its "
		  "kernel; QEMU makes them, and firmware measures them into "
		  "RTMR0." },
	{ "advisory", "A note of Intel's about a weakness, such as "
		      "INTEL-SA-00837; a TCB level lists those that apply to "
		      "it." },
	{ "app-compose.json", "dstack's manifest of an app: its docker-compose "
			      "file, scripts and switches; its SHA-256 is the "
			      "compose-hash." },
	{ "ARK", "AMD's root key, which signs the ASK." },
	{ "ASK", "AMD's key of a processor family, which signs each VCEK." },
	{ "collateral", "What Intel (or AMD) says of a platform: certificates, "
			"revocation lists, TCB levels; without it no "
			"signature can be judged." },
	{ "compose-hash", "SHA-256 of app-compose.json; the guest records it "
			  "in RTMR3 before the app starts." },
	{ "CVM", "Confidential virtual machine: one whose memory the host "
		 "cannot read, and which can prove what it started with." },
	{ "DCAP", "Intel's way of verifying quotes with collateral that "
		  "anybody may keep, without asking Intel each time." },
	{ "event log", "The list of what was measured into the RTMRs, in "
		       "order; replaying it must give the registers of the "
		       "quote." },
	{ "evidence", "What a machine says about itself and can prove: a "
		      "quote or report, its event log and what goes with "
		      "it." },
	{ "FMSPC", "Six bytes in a PCK certificate that name the kind of "
		   "platform: by it TCB levels are looked up." },
	{ "HOST_DATA", "A field of a SEV-SNP report that the host sets at "
		       "launch and cannot change later." },
	{ "KMS",
	  "Key management service: in dstack an app of its own that gives "
	  "other apps their keys when it has verified them." },
	{ "launch digest", "SEV-SNP's measurement of what the machine started "
			   "with, as MRTD is TDX's." },
	{ "mr_config_id", "A field of a TDX quote that the host sets at launch "
			  "and cannot change later; dstack puts the "
			  "compose-hash there." },
	{ "MRTD", "Measurement of the TD: SHA-384 of the firmware as it was "
		  "loaded when the machine was built." },
	{ "nonce", "A number that is asked for once, so that an answer with it "
		   "in it cannot be an old one." },
	{ "OCSP", "A signed answer to the question whether a certificate is "
		  "revoked." },
	{ "os_image_hash", "SHA-256 of the list of a dstack image's files and "
			   "their digests." },
	{ "OVMF", "The firmware of the virtual machine, built from edk2; it "
		  "measures the hardware, the kernel and its command line." },
	{ "PCCS", "A cache of collateral that a data centre runs." },
	{ "PCK", "Provisioning certification key: Intel's certificate of one "
		 "processor at one TCB level; it vouches for the quoting "
		 "enclave." },
	{ "PCR", "Platform configuration register: AWS Nitro's and a TPM's "
		 "word for a measurement register." },
	{ "PCS", "Intel's service that issues collateral." },
	{ "PPID", "A number that names one processor." },
	{ "provenance", "A signed statement of who built a container image, of "
			"what and how." },
	{ "QE", "Quoting enclave: Intel's program on the same processor that "
		"signs quotes, with a key that the PCK certificate vouches "
		"for." },
	{ "quote", "What a TDX machine can prove: its registers and "
		   "report_data, signed by the quoting enclave." },
	{ "reference value", "What a measurement must be if the software is "
			     "what it should be; computed from files, never "
			     "taken from the machine." },
	{ "report_data", "64 bytes in a quote that the machine chose: a nonce, "
			 "or the digest of a key or statement." },
	{ "RIM", "Reference integrity manifest: NVIDIA's signed list of what a "
		 "GPU's firmware and driver must measure." },
	{ "RTMR", "Runtime measurement register, of SHA-384: each event is "
		  "hashed onto what was there before." },
	{ "RTMR0", "What firmware measured of the virtual hardware and its own "
		   "settings." },
	{ "RTMR1", "What firmware measured of the kernel and the way it was "
		   "started." },
	{ "RTMR2", "What was measured of the kernel's command line and the "
		   "initramfs." },
	{ "RTMR3", "What the guest's own software recorded: app, compose-hash, "
		   "keys." },
	{ "TCB", "Trusted computing base: the versions of microcode, firmware "
		 "and modules that the proof rests on." },
	{ "TCB status", "Intel's word for such versions: UpToDate, or why they "
			"are not (OutOfDate, SWHardeningNeeded, Revoked and "
			"others)." },
	{ "TD", "Trust domain: Intel's word for a confidential virtual "
		"machine." },
	{ "TDX", "Trust domain extensions: Intel's confidential virtual "
		 "machines." },
	{ "VCEK", "The key of one AMD processor at one TCB level, which signs "
		  "its reports." },
	{ "VLEK", "The same, but of a cloud instead of one processor." },
	{ "vm_config", "dstack's description of the virtual hardware of a "
		       "machine: processors, memory, QEMU, devices." },
};

bool rv_term(size_t i, const char **name, const char **sentence)
{
	if (i >= RV_LEN(term))
		return false;
	*name = term[i].name;
	*sentence = term[i].sentence;
	return true;
}

const char *rv_term_find(const char *name)
{
	for (size_t i = 0; i < RV_LEN(term); i++)
		if (strcasecmp(term[i].name, name) == 0)
			return term[i].sentence;
	return NULL;
}

void rv_terms_print(void)
{
	for (size_t i = 0; i < RV_LEN(term); i++) {
		rv_out("%-16s ", term[i].name);
		rv_out_wrapped(term[i].sentence, 17, 17);
	}
}

bool rv_term_print(const char *name)
{
	const char *sentence = rv_term_find(name);

	if (sentence)
		rv_out_wrapped(sentence, 0, 0);
	return sentence != NULL;
}
