/* SPDX-License-Identifier: Apache-2.0 */
/* web.h - all commands in one program: what they are called in it. */
#ifndef RV_WEB_H
#define RV_WEB_H

int rv_main_acpi(int argc, char **argv);
int rv_main_diff(int argc, char **argv);
int rv_main_gpu(int argc, char **argv);
int rv_main_hash(int argc, char **argv);
int rv_main_measure(int argc, char **argv);
int rv_main_publish(int argc, char **argv);
int rv_main_quote(int argc, char **argv);
int rv_main_releases(int argc, char **argv);
int rv_main_replay(int argc, char **argv);
int rv_main_snp(int argc, char **argv);
int rv_main_unpack(int argc, char **argv);
int rv_main_verify(int argc, char **argv);

/*
 * As execv(3): become the command that the last part of @path names, with the
 * arguments @argv, and end with its exit code. -1 and errno: there is none.
 */
int rv_web_exec(const char *path, char *const *argv);

#endif
