/* SPDX-License-Identifier: Apache-2.0 */
/* Policy that is asked: read, compiled, its profiles by their names. */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"

int yr_learn_compile(const struct yr_learn_policy *how, const char *name, struct yr_str text,
		     bool per_rule, struct yr_diags *diags, struct yr_learn_asked *ret,
		     struct yr_err *err)
{
	struct yr_policy_options opt = how->policy;
	int r;

	opt.per_rule = per_rule;
	r = yr_lang_read_text(&ret->arena, name, text, &how->lang, diags, &ret->unit, err);
	if (!r && yr_diags_errors(diags))
		return -EBADMSG;
	if (!r)
		r = yr_policy_compile(ret->unit, &opt, diags, &ret->policy, err);
	if (!r && yr_diags_errors(diags))
		r = -EBADMSG;
	return r;
}

void yr_learn_asked_done(struct yr_learn_asked *a)
{
	yr_policy_free(a->policy);
	yr_arena_done(&a->arena);
	*a = (struct yr_learn_asked){ .unit = NULL };
}

static bool is_called(const struct yr_compiled *c, const char *name)
{
	size_t ns = c->ns ? strlen(c->ns) : 0;

	if (!ns)
		return !strcmp(c->name, name);
	return name[0] == ':' && !strncmp(name + 1, c->ns, ns) && name[ns + 1] == ':' &&
	       !strcmp(name + ns + 2, c->name);
}

bool yr_learn_subject(const struct yr_learn_asked *a, const struct yr_learn_policy *how,
		      const char *name, struct yr_subject *ret)
{
	for (size_t i = 0; a->policy && i < a->policy->n; i++) {
		if (!is_called(&a->policy->profiles[i], name))
			continue;
		*ret = (struct yr_subject){
			.unit = a->unit,
			.profile = yr_policy_source(a->unit, i),
			.compiled = &a->policy->profiles[i],
			.policy = how->policy,
			.no_nearest = true,
		};
		return true;
	}
	return false;
}

int yr_learn_ask(const struct yr_subject *s, const char *access, struct yr_answer *ret,
		 struct yr_err *err)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_request *request = NULL;
	int r = diags ? yr_diags_set_warning(diags, "all", YR_WARN_HIDE) : -ENOMEM;

	if (!r)
		r = yr_request_new(s, "record", yr_str_of(access), diags, &request, err);
	if (!r)
		r = yr_query(s, request, ret, err);
	yr_request_free(request);
	yr_diags_free(diags);
	return r < 0 ? r : ret->allowed;
}

const char *yr_learn_decider(struct yr_arena *arena, const struct yr_answer *a)
{
	const struct yr_rule *rule = a->rules.n ? a->rules.at[0] : NULL;
	unsigned line, col;
	const char *text;

	if (!rule || !rule->loc.source)
		return NULL;
	text = yr_rule_text(arena, rule);
	yr_loc_position(&rule->loc, &line, &col);
	return text ? yr_arena_printf(arena, "%s:%u: %s", rule->loc.source->name, line, text)
		    : NULL;
}
