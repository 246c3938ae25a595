/* SPDX-License-Identifier: Apache-2.0 */
/* One file and nothing left unsaid: its name is fed to the automaton, as the kernel does. */
#include "verdict/query.h"

uint32_t yr_query_file(const struct yr_compiled *c, struct yr_str path, bool owner)
{
	const struct yr_state_perms *p;
	uint32_t state;

	if (c->flags->mode == YR_MODE_UNCONFINED || c->flags->mode == YR_MODE_DEFAULT_ALLOW)
		return UINT32_MAX;
	if (!c->file.dfa)
		return 0;
	state = yr_dfa_run(c->file.dfa, 1, path);
	p = &c->file.perms[c->file.dfa->accept[state]];
	return owner ? p->owner.allow : p->other.allow;
}
