/* SPDX-License-Identifier: Apache-2.0 */
/* JSON as YAML, for people. */
#include <jansson.h>
#include <string.h>
#include <yaml.h>

#include "cmd/pod_place.h"

static bool emit(yaml_emitter_t *y, yaml_event_t *event, int made)
{
	return made && yaml_emitter_emit(y, event);
}

static bool scalar(yaml_emitter_t *y, const char *text, size_t len, bool quoted)
{
	yaml_event_t e;

	return emit(y, &e,
		    yaml_scalar_event_initialize(
			    &e, NULL, NULL, (const yaml_char_t *)text, (int)len, !quoted, quoted,
			    quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE));
}

/* What would come back as something else than a string is quoted. */
static bool text(yaml_emitter_t *y, const char *s)
{
	struct yr_node n = { .kind = YR_NODE_STRING, .text = s };
	size_t len = strlen(s);
	yaml_event_t e;

	yr_node_resolve(&n);
	/* Among those that begin with a digit are times, which some take for more than a string. */
	if (!*s || n.kind != YR_NODE_STRING || (*s >= '0' && *s <= '9'))
		return scalar(y, s, len, true);
	return emit(y, &e,
		    yaml_scalar_event_initialize(
			    &e, NULL, NULL, (const yaml_char_t *)s, (int)len, 1, 1,
			    strchr(s, '\n') ? YAML_LITERAL_SCALAR_STYLE : YAML_ANY_SCALAR_STYLE));
}

static bool value(yaml_emitter_t *y, json_t *v);

static bool map(yaml_emitter_t *y, json_t *v)
{
	yaml_mapping_style_t style =
		json_object_size(v) ? YAML_BLOCK_MAPPING_STYLE : YAML_FLOW_MAPPING_STYLE;
	const char *key;
	yaml_event_t e;
	json_t *at;

	if (!emit(y, &e, yaml_mapping_start_event_initialize(&e, NULL, NULL, 1, style)))
		return false;
	json_object_foreach(v, key, at) if (!text(y, key) || !value(y, at)) return false;
	return emit(y, &e, yaml_mapping_end_event_initialize(&e));
}

static bool list(yaml_emitter_t *y, json_t *v)
{
	yaml_sequence_style_t style =
		json_array_size(v) ? YAML_BLOCK_SEQUENCE_STYLE : YAML_FLOW_SEQUENCE_STYLE;
	yaml_event_t e;
	json_t *at;
	size_t i;

	if (!emit(y, &e, yaml_sequence_start_event_initialize(&e, NULL, NULL, 1, style)))
		return false;
	json_array_foreach(v, i, at) if (!value(y, at)) return false;
	return emit(y, &e, yaml_sequence_end_event_initialize(&e));
}

static bool value(yaml_emitter_t *y, json_t *v)
{
	AUTO_FREE char *dump = NULL;

	if (json_is_object(v))
		return map(y, v);
	if (json_is_array(v))
		return list(y, v);
	if (json_is_string(v))
		return text(y, json_string_value(v));
	dump = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
	return dump && scalar(y, dump, strlen(dump), false);
}

bool yr_json_as_yaml(json_t *v, FILE *f)
{
	yaml_emitter_t y;
	yaml_event_t e;
	bool good;

	if (!yaml_emitter_initialize(&y))
		return false;
	yaml_emitter_set_output_file(&y, f);
	yaml_emitter_set_unicode(&y, 1);
	yaml_emitter_set_width(&y, -1);
	good = emit(&y, &e, yaml_stream_start_event_initialize(&e, YAML_UTF8_ENCODING)) &&
	       emit(&y, &e, yaml_document_start_event_initialize(&e, NULL, NULL, NULL, 1)) &&
	       value(&y, v) && emit(&y, &e, yaml_document_end_event_initialize(&e, 1)) &&
	       emit(&y, &e, yaml_stream_end_event_initialize(&e));
	yaml_emitter_delete(&y);
	return good && fflush(f) == 0;
}
