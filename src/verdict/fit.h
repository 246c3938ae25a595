/* SPDX-License-Identifier: Apache-2.0 */
/* Text beside images: an image was made for some kernel, and does not say which. */
#ifndef YR_VERDICT_FIT_H
#define YR_VERDICT_FIT_H

#include "policy/policy.h"

/*
 * @kernel without the classes that nothing in @image mediates, so that text compiled for it can be
 * compared with the image. *ret_features is the caller's, for yr_features_free(). -ENOMEM.
 */
int yr_features_fit(const struct yr_policy *image, const struct yr_features *kernel,
		    struct yr_features **ret_features, struct yr_err *err);

#endif
