/* SPDX-License-Identifier: Apache-2.0 */
/* hash.c - refval-hash: digests of docker images and compose manifests. */
#include "cmd.h"

extern const struct rv_cmd rv_cmd_hash_image;
extern const struct rv_cmd rv_cmd_hash_match;
extern const struct rv_cmd rv_cmd_hash_diff;
extern const struct rv_cmd rv_cmd_hash_rebuild;
extern const struct rv_cmd rv_cmd_hash_compose;
extern const struct rv_cmd rv_cmd_hash_audit;

static const struct rv_cmd *const subs[] = {
	&rv_cmd_hash_image,
	&rv_cmd_hash_match,
	&rv_cmd_hash_diff,
	&rv_cmd_hash_rebuild,
	&rv_cmd_hash_compose,
	&rv_cmd_hash_audit,
	NULL,
};

static const struct rv_cmd hash = {
	.name = "hash",
	.args = "COMMAND [OPTIONS] FILE",
	.summary = "Which digests has this docker image or compose manifest",
	.subs = subs,
	.example = "refval-hash compose app-compose.json",
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&hash, argc, argv);
}
