/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h - stage "hash": digests of docker images and compose manifests. */
#ifndef REFVAL_HASH_H
#define REFVAL_HASH_H

#include <refval/types.h>
#include <refval/hash_compose.h>
#include <refval/hash_audit.h>
#include <refval/hash_image.h>
#include <refval/hash_services.h>

#endif
