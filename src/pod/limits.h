/* SPDX-License-Identifier: Apache-2.0 */
/* What reading Pods may cost, and how large a Pod may be. */
#ifndef YR_POD_LIMITS_H
#define YR_POD_LIMITS_H

/*
 * One file of manifests. A Pod as a server gives it out has some 8 KiB, and a server takes no
 * object beyond 3 MiB: this is two thousand Pods, and more can be listed namespace by namespace.
 */
#define YR_LIMIT_MANIFEST_BYTES (16u << 20)
/*
 * Values in one file, those behind an alias counted each time it is used: a quarter of a gigabyte.
 * This is what ends anchors that explode.
 */
#define YR_LIMIT_MANIFEST_VALUES (1u << 20)
/* Text of these values, counted like them: what writing them out again may take. */
#define YR_LIMIT_MANIFEST_TEXT (32u << 20)
/* Lists and mappings inside each other; a CronJob's Pod goes 14 deep. Bounds our recursion. */
#define YR_LIMIT_MANIFEST_DEPTH 100
/* Mappings that one << brings in: each costs another look at all keys. */
#define YR_LIMIT_MANIFEST_MERGES 10
/* Anchors of one document. People write a handful. */
#define YR_LIMIT_MANIFEST_ANCHORS 10000
/* Containers of one Pod, of every kind. A node runs some hundred Pods of a few each. */
#define YR_LIMIT_POD_CONTAINERS 1000
/* Keys and values of one object's annotations: Kubernetes' own bound. */
#define YR_LIMIT_ANNOTATION_BYTES (256u << 10)
/* What an AdmissionReview is called by; API servers give UUIDs. */
#define YR_LIMIT_REVIEW_UID 256
/* A profile's name in a field: Kubernetes' own bound. */
#define YR_LIMIT_LOCALHOST_PROFILE 4095
/* One pattern of a policy. */
#define YR_LIMIT_POLICY_PATTERN 512
/* Policies, and what each lists. */
#define YR_LIMIT_POLICIES 1000
#define YR_LIMIT_POLICY_ROWS 1000
/* Steps of patterns for one Pod: a second. Beyond it the Pod is refused. */
#define YR_LIMIT_PATTERN_STEPS (1u << 27)

#endif
