/* SPDX-License-Identifier: Apache-2.0 */
/* web.h - what is exec(3) elsewhere. */
#ifndef RV_WEB_H
#define RV_WEB_H

/*
 * As execv(3): become the command that the last part of @path names, with the
 * arguments @argv, and end with its exit code. -1 and errno: there is none.
 */
int rv_web_exec(const char *path, char *const *argv);

#endif
