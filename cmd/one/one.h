/* SPDX-License-Identifier: Apache-2.0 */
/* one.h - all commands in one program: what they are called in it. */
#ifndef RV_ONE_H
#define RV_ONE_H

int rv_main_acpi(int argc, char **argv);
int rv_main_diff(int argc, char **argv);
int rv_main_gpu(int argc, char **argv);
int rv_main_hash(int argc, char **argv);
int rv_main_measure(int argc, char **argv);
int rv_main_publish(int argc, char **argv);
int rv_main_quote(int argc, char **argv);
int rv_main_refval(int argc, char **argv);
int rv_main_releases(int argc, char **argv);
int rv_main_replay(int argc, char **argv);
int rv_main_snp(int argc, char **argv);
int rv_main_unpack(int argc, char **argv);
int rv_main_verify(int argc, char **argv);

/* A command's main(). */
typedef int rv_one_main(int argc, char **argv);

/* The command that the last part of @path names ("bin/refval-verify"); NULL:
 * it is none, or one that opens connections and is a program of its own. */
rv_one_main *rv_one_find(const char *path);

#endif
