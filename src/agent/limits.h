/* SPDX-License-Identifier: Apache-2.0 */
/* What running Pods may cost. */
#ifndef YR_AGENT_LIMITS_H
#define YR_AGENT_LIMITS_H

/* Pods of one node. Kubernetes means 110. */
#define YR_LIMIT_NODE_PODS 1000
/* What the engine lists: a container has some 1.5 KiB. */
#define YR_LIMIT_ENGINE_OUTPUT (64u << 20)
/* What it complains; a failed pull tells of each registry. */
#define YR_LIMIT_ENGINE_ERROR (16u << 10)
/* Arguments of one call: the kernel takes some more. */
#define YR_LIMIT_ENGINE_ARGUMENTS 4096
/* A call of the engine, beyond the grace that a stop has; emulated machines take some seconds. */
#define YR_LIMIT_ENGINE_SECONDS 300
/* A pull: images have some gigabytes. */
#define YR_LIMIT_PULL_SECONDS 3600
/* One of an image that is here already, and how long none is tried after one that failed so late:
 * all Pods wait meanwhile. */
#define YR_LIMIT_RENEW_SECONDS 60
#define YR_LIMIT_PATIENCE_SECONDS 5
#define YR_LIMIT_SILENT_SECONDS 300
/* Events are kept for an hour, as clusters do, and so many at most. */
#define YR_LIMIT_EVENT_SECONDS 3600
#define YR_LIMIT_EVENTS 10000
/* Waiting for the store while another process writes. */
#define YR_LIMIT_STORE_MS 30000
/* Longest pause before a container is started again, and when a run counts as a good one. */
#define YR_LIMIT_BACKOFF_SECONDS 300
#define YR_LIMIT_BACKOFF_RESET 600
/* How long a started process may take to enter its profile: the runtime lets it go at once. */
#define YR_LIMIT_LABEL_MS 3000
/* One container's variables, command and args with what $(NAME) in them stands for: beyond it,
 * nothing starts. */
#define YR_LIMIT_EXPANDED_BYTES (1u << 20)
/* Addresses of one Pod: one for each network and family. */
#define YR_LIMIT_POD_ADDRESSES 16
/* A label of DNS, and what Linux takes as a host's name, but for one. */
#define YR_LIMIT_HOSTNAME 63

#endif
