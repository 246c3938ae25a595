/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "policy/policy.h"

static bool is_text(const struct yr_features *f, struct yr_str text)
{
	struct yr_str have = { NULL, 0 };

	if (f)
		have.at = yr_features_text(f, &have.len);
	return f && yr_str_eq(have, text);
}

int yr_abis_get(struct yr_abis *abis, const char *name, struct yr_str text,
		const struct yr_features **ret_features, struct yr_err *err)
{
	struct yr_features *f;
	int r;

	for (size_t i = 0; i < ARRAY_LEN(abis->at); i++)
		if (is_text(abis->at[i], text)) {
			*ret_features = abis->at[i];
			return 0;
		}
	r = yr_features_parse(name, text.at, text.len, &f, err);
	if (r < 0)
		return r;
	yr_features_free(abis->at[abis->next]);
	abis->at[abis->next] = f;
	abis->next = (abis->next + 1) % ARRAY_LEN(abis->at);
	*ret_features = f;
	return 0;
}

void yr_abis_done(struct yr_abis *abis)
{
	for (size_t i = 0; i < ARRAY_LEN(abis->at); i++)
		abis->at[i] = yr_features_free(abis->at[i]);
}
