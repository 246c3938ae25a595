/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile specification may cost. */
#ifndef YR_OCI_LIMITS_H
#define YR_OCI_LIMITS_H

/* A config.json: Kubernetes' largest are some 100 KiB; runc itself reads any size. */
#define YR_LIMIT_SPEC_BYTES (16u << 20)
/* Objects and lists inside each other; the runtime specification goes 7 deep. */
#define YR_LIMIT_SPEC_DEPTH 64
/* Members of one object that is decided from, annotations too: they are sorted to find doubled
 * ones. */
#define YR_LIMIT_SPEC_MEMBERS 16384

#endif
