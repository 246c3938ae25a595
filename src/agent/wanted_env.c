/* SPDX-License-Identifier: Apache-2.0 */
/* Variables, and the words that speak of them. */
#include <jansson.h>
#include <string.h>

#include "agent/limits.h"
#include "agent/wanted_parts.h"

static const char *text(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/*
 * $(NAME) is what the variable has if there is one, and otherwise stays as a whole, whatever is in
 * it; $$ is a dollar; any other dollar is one. As Kubernetes reads it.
 */
static const char *expand(struct yr_variables *v, const char *s, struct yr_arena *arena)
{
	/* One more than there may be: 0 would be no limit. */
	AUTO_BUF struct yr_buf b = { .limit = v->left + 1 };
	const char *last = strrchr(s, ')');

	while (*s) {
		const char *end = *s == '$' && s[1] == '(' && s < last ? strchr(s, ')') : NULL;
		size_t len = end ? (size_t)(end - s - 2) : 0;
		json_t *value = end ? json_object_getn(v->known, s + 2, len) : NULL;

		if (value) {
			yr_buf_puts(&b, json_string_value(value));
			s = end + 1;
		} else if (end) {
			yr_buf_put(&b, s, (size_t)(end - s) + 1);
			s = end + 1;
		} else {
			yr_buf_putc(&b, *s);
			s += *s == '$' && s[1] == '$' ? 2 : 1;
		}
	}
	if (b.failed || b.len > v->left)
		return NULL;
	v->left -= b.len;
	return yr_arena_strndup(arena, b.len ? b.data : "", b.len);
}

bool yr_wanted_environment(json_t *env, struct yr_variables *v, struct yr_args *a)
{
	json_t *at;
	size_t i;

	*v = (struct yr_variables){ json_object(), YR_LIMIT_EXPANDED_BYTES };
	json_array_foreach(env, i, at)
	{
		const char *name = text(at, "name");
		const char *value = expand(v, text(at, "value"), a->arena);

		if (!value || !*name || json_object_set_new(v->known, name, json_string(value)) < 0)
			return false;
		yr_args_add(a, "--env");
		yr_args_printf(a, "%s=%s", name, value);
	}
	return v->known;
}

static bool add_command(json_t *command, struct yr_variables *v, struct yr_args *a)
{
	json_t *words = json_array(), *at;
	AUTO_FREE char *dump = NULL;
	size_t i;

	json_array_foreach(command, i, at)
	{
		const char *word = expand(v, json_string_value(at), a->arena);

		if (!word || json_array_append_new(words, json_string(word)) < 0)
			break;
	}
	if (i == json_array_size(command))
		dump = json_dumps(words, JSON_COMPACT);
	json_decref(words);
	if (!dump)
		return false;
	yr_args_add(a, "--entrypoint");
	yr_args_printf(a, "%s", dump);
	return true;
}

bool yr_wanted_command(json_t *entry, struct yr_variables *v, struct yr_args *a)
{
	json_t *command = json_object_get(entry, "command");

	return !json_array_size(command) || add_command(command, v, a);
}

bool yr_wanted_words(json_t *entry, struct yr_variables *v, struct yr_args *a)
{
	json_t *at;
	size_t i;

	json_array_foreach(json_object_get(entry, "args"), i, at)
	{
		const char *word = expand(v, json_string_value(at), a->arena);

		if (!word)
			return false;
		yr_args_add(a, word);
	}
	return true;
}

void yr_variables_done(struct yr_variables *v)
{
	json_decref(v->known);
	v->known = NULL;
}
