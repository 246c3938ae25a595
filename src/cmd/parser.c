/* SPDX-License-Identifier: Apache-2.0 */
/* The program called apparmor_parser: upstream's habits, our compiler. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/parser.h"
#include "host/compress.h"

/* dockerd, containerd and podman read "AppArmor parser version X.Y.Z" and gate rules by it. */
#define LANGUAGE_VERSION "4.0.0"

static const char help_text[] =
	"Usage: apparmor_parser [options] [file or directory ...]\n"
	"\n"
	"Reads standard input when no file is named. Part of Yoroi.\n"
	"\n"
	"-a, --add                  add profiles (default)\n"
	"-r, --replace              replace profiles, or add them\n"
	"-R, --remove               remove the profiles that the input names\n"
	"-C, --Complain             load in complain mode\n"
	"-B, --binary               the input is compiled policy\n"
	"-N, --names                print the names of the profiles\n"
	"-S, --stdout               write the compiled policy to standard output\n"
	"-p, --preprocess           print the text with its includes in it\n"
	"-o FILE, --ofile FILE      write the compiled policy to FILE\n"
	"-Q, --skip-kernel-load     load nothing\n"
	"-b DIR, --base DIR         policy directory, /etc/apparmor.d\n"
	"-I DIR, --Include DIR      look for includes there as well\n"
	"-f DIR, --apparmorfs DIR   AppArmor's interface\n"
	"-n NAME, --namespace NAME  load into this namespace\n"
	"-M FILE, --features-file FILE  compile for these features, and take policy\n"
	"                           without an abi to be written for them\n"
	"    --kernel-features FILE, --policy-features FILE, --override-policy-abi FILE\n"
	"-W, --write-cache          keep compiled policy in the cache\n"
	"-K, --skip-cache           neither read nor write the cache\n"
	"-T, --skip-read-cache      do not read the cache\n"
	"-L DIR,..., --cache-loc    cache directories, /var/cache/apparmor\n"
	"-k, --show-cache           tell what the cache did\n"
	"    --purge-cache          empty the cache\n"
	"    --print-cache-dir      print where the cache is\n"
	"-j N, --jobs N; --max-jobs N   compile N files at once\n"
	"-O WORD, --Optimize WORD   taken for habit's sake: changes nothing\n"
	"    --abort-on-error       stop at the first file that fails\n"
	"    --warn NAME, --Werror[=NAME]   show a warning, make it an error\n"
	"-q, --quiet; -v, --verbose\n"
	"    --config-file FILE     instead of /etc/apparmor/parser.conf\n"
	"    --print-config-file\n"
	"-V, --version; -h, --help\n";

struct state {
	struct yr_parser *p;
	struct yr_loader *loader;
	struct yr_buf output;
	int status;
};

/*
 * Upstream ends with the negated errno of a refused load, 243 for "access denied" to root; from
 * others it does not even try and ends with 1.
 */
static int load_status(int r)
{
	if ((r == -EACCES || r == -EPERM) && geteuid())
		return 1;
	return r & 0xff ? r & 0xff : 1;
}

/* But with the plain one of a file that is not there or not for us, and with 1 otherwise. */
static int read_status(int r)
{
	return r == -ENOENT || r == -EACCES ? -r : 1;
}

/* What to do after one file ended with @status. */
static int go_on(struct state *s, int status)
{
	if (status)
		s->status = status;
	return status && s->p->abort_on_error ? status : 0;
}

static void print_line(FILE *f, const char *before, const char *name, const char *behind)
{
	fputs(before, f);
	yr_put(f, name);
	fprintf(f, "%s\n", behind);
}

/* What goes wrong with the cache is an error only when --Werror says so. */
static void warn_cache(struct state *s, const char *text)
{
	if (!yr_settings_say(&s->p->settings, s->p->quiet, "cache", text))
		s->status = 1;
}

static void tell_cache(struct state *s, const struct yr_job *job)
{
	bool doubtful =
		job->cache_answer == YR_CACHE_UNTRUSTED || job->cache_answer == YR_CACHE_FAILED;

	if (!job->has_key || !job->path)
		return;
	if (s->p->show_cache)
		print_line(stderr, job->cache_hit ? "Cache hit: " : "Cache miss: ", job->path, "");
	if (doubtful && job->cache_note.code)
		warn_cache(s, job->cache_note.msg);
}

static void write_cache(struct state *s, const struct yr_job *job)
{
	AUTO_FREE char *path = job->path ? realpath(job->path, NULL) : NULL;
	struct yr_err err = { 0 };
	struct yr_cache_at at = { .dir = s->p->cache_dirs[0], .profile_path = path };

	if (!path || !job->has_key || job->cache_hit)
		return;
	at.features_text = yr_features_text(s->p->settings.features, &at.features_len);
	if (yr_cache_put(&at, &job->key, job->image, job->len, &err) < 0)
		warn_cache(s, err.msg);
}

static void print_done(const struct state *s, const struct yr_job *job, const char *what)
{
	const char *name;

	for (size_t i = 0; s->p->verbose && (name = yr_compile_name(job->compile, i, NULL)); i++)
		print_line(stdout, what, name, "\".");
}

static int load(struct state *s, struct yr_job *job)
{
	bool replace = s->p->action == YR_PARSER_REPLACE;
	enum yr_load_op op = replace ? YR_LOAD_REPLACE : YR_LOAD_ADD;
	int r;

	if (!job->len)
		return 0;
	r = yr_loader_push(s->loader, op, job->image, job->len, &job->err);
	if (r < 0 && job->cache_hit) {
		/* A cached image that the kernel does not want: compile once more. */
		free(job->image);
		job->image = NULL;
		job->cache_hit = false;
		job->err = (struct yr_err){ 0 };
		r = yr_compile_image(job->compile, &job->image, &job->len, &job->err);
		if (!r)
			r = yr_loader_push(s->loader, op, job->image, job->len, &job->err);
	}
	if (r < 0) {
		yr_say("%s: %s", job->name, job->err.msg);
		return load_status(r);
	}
	print_done(s, job, replace ? "Replacement succeeded for \"" : "Addition succeeded for \"");
	return 0;
}

/* Children go with their parents. */
static int remove_profiles(struct state *s, struct yr_job *job)
{
	const char *name;
	int status = 0;
	bool top;

	for (size_t i = 0; (name = yr_compile_name(job->compile, i, &top)); i++) {
		struct yr_err err = { 0 };
		int r;

		if (!top)
			continue;
		r = yr_loader_remove(s->loader, name, &err);
		if (r < 0) {
			yr_say("%s: %s", job->name, err.msg);
			status = load_status(r);
		} else if (s->p->verbose) {
			print_line(stdout, "Removal succeeded for \"", name, "\".");
		}
	}
	return status;
}

/* Upstream, and scripts that read its output, have ":ns://name" where the kernel has ":ns:name". */
static void print_name(const char *name)
{
	const char *rest = *name == ':' ? strchr(name + 1, ':') : NULL;
	AUTO_FREE char *long_form = NULL;

	if (rest && asprintf(&long_form, "%.*s://%s", (int)(rest - name), name, rest + 1) < 0)
		long_form = NULL;
	if (long_form)
		name = long_form;
	/* A program that reads them wants them as they are. */
	if (isatty(STDOUT_FILENO))
		print_line(stdout, "", name, "");
	else
		puts(name);
}

static int finish(void *ctx, struct yr_job *job)
{
	struct state *s = ctx;
	const struct yr_parser *p = s->p;
	const char *name, *why;
	bool empty = false;
	int status = 0;

	if (job->skipped) {
		if (!p->quiet)
			yr_say("skipping '%s': it stands in %s/disable", job->name,
			       p->base ? p->base : "/etc/apparmor.d");
		return 0;
	}
	yr_diags_show(job->diags, p->quiet);
	if (job->err.code)
		yr_say("%s", job->err.msg);
	if (job->result)
		return go_on(s, read_status(job->result));
	why = yr_job_emptiness(job, &empty);
	if (empty)
		yr_say("%s: %s [missing]", job->name, why);
	else if (why && !p->quiet)
		yr_say("%s: %s", job->name, why);
	if (empty && !p->from_folder)
		return go_on(s, 1);
	tell_cache(s, job);
	if (p->names) {
		for (size_t i = 0; (name = yr_compile_name(job->compile, i, NULL)); i++)
			print_name(name);
		return 0;
	}
	if (p->to_stdout || p->output)
		yr_buf_put(&s->output, job->image, job->len);
	if (s->loader)
		status = p->action == YR_PARSER_REMOVE ? remove_profiles(s, job) : load(s, job);
	if (!status && p->write_cache && !p->skip_cache && p->action != YR_PARSER_REMOVE)
		write_cache(s, job);
	return go_on(s, status);
}

/* Images made before: handed on as they are, the kernel is the judge. */
static int load_binaries(struct state *s, const struct yr_inputs *in)
{
	for (size_t i = 0; i < in->n; i++) {
		AUTO_FREE char *image = NULL;
		const char *name = in->paths[i] ? in->paths[i] : "stdin", *text = in->text;
		struct yr_err err = { 0 };
		size_t len = in->text_len;
		bool unread = false;
		int r = 0, stop;

		if (in->paths[i]) {
			r = yr_read_all(in->paths[i], YR_LIMIT_IMAGE_BYTES, &image, &len, &err);
			text = image;
			unread = r < 0;
		}
		if (!r && (s->p->to_stdout || s->p->output))
			yr_buf_put(&s->output, text, len);
		if (!r && s->loader)
			r = yr_loader_push(s->loader,
					   s->p->action == YR_PARSER_REPLACE ? YR_LOAD_REPLACE
									     : YR_LOAD_ADD,
					   text, len, &err);
		if (r < 0)
			yr_say("%s: %s", name, err.msg);
		stop = go_on(s, unread ? read_status(r) : r < 0 ? load_status(r) : 0);
		if (stop)
			return stop;
	}
	return 0;
}

static int open_features(struct yr_parser *p, bool needed, struct yr_err *err)
{
	int r = 0;

	p->settings.features_name = p->kernel_features;
	if (needed)
		r = yr_settings_features(&p->settings, err);
	/* Those of -M are both, and read once. */
	if (!r && p->policy_features && p->policy_features != p->kernel_features)
		r = yr_features_open(&p->settings, p->policy_features, &p->policy_abi, err);
	if (!r && p->override_abi)
		r = yr_features_open(&p->settings, p->override_abi, &p->forced_abi, err);
	return r;
}

static int print_cache_dirs(const struct yr_parser *p)
{
	for (const char *const *dir = p->cache_dirs; *dir; dir++) {
		struct yr_cache_at at = { .dir = *dir, .profile_path = "x" };
		AUTO_FREE char *entry = NULL;
		char *slash;

		at.features_text = yr_features_text(p->settings.features, &at.features_len);
		entry = yr_cache_entry_path(&at);
		slash = entry ? strrchr(entry, '/') : NULL;
		if (!slash) {
			yr_say("out of memory");
			return 1;
		}
		*slash = '\0';
		puts(entry);
	}
	return 0;
}

/* As upstream: what is written for a kernel that loads compressed images is one. */
static int compress_output(struct state *s, struct yr_err *err)
{
	const struct yr_parser *p = s->p;
	void *small;
	size_t len;
	int r;

	/* Images made before go through as they are. */
	if (p->binary || !p->zstd_level || !s->output.len ||
	    !yr_features_has(p->settings.features, "policy/compressed_load"))
		return 0;
	r = yr_image_compress(s->output.data, s->output.len, p->zstd_level, true, &small, &len,
			      err);
	if (r < 0 || !small)
		return r;
	s->output.len = 0;
	yr_buf_put(&s->output, small, len);
	free(small);
	return 0;
}

static int write_output(struct state *s)
{
	const char *to = s->p->output ? s->p->output : "-";
	struct yr_err err = { 0 };

	if (s->output.failed) {
		yr_say("out of memory");
		return 1;
	}
	if (compress_output(s, &err) < 0) {
		yr_say("%s", err.msg);
		return 1;
	}
	if (yr_write_file(to, s->output.data ? s->output.data : "", s->output.len, &err) < 0) {
		yr_say("%s", err.msg);
		return 1;
	}
	return 0;
}

static int work(struct yr_parser *p, const struct yr_inputs *in)
{
	bool reads_only = p->names || p->action == YR_PARSER_REMOVE;
	/* What goes to a file or standard output is not the cache's business. */
	bool cache = !p->skip_cache && !reads_only && !p->to_stdout && !p->output && !p->binary;
	struct state s = { .p = p };
	struct yr_err err = { 0 };
	struct yr_job_options opt = { .settings = &p->settings, .only_read = reads_only };
	int r = open_features(p, !reads_only && !p->binary, &err);

	if (!r && !p->skip_load && !p->names && !p->to_stdout && !p->output && !p->print_cache_dir)
		r = yr_loader_open(&p->settings.host, &s.loader, &err);
	if (r < 0) {
		yr_say("%s", err.msg);
		return 1;
	}
	if (p->print_cache_dir)
		return print_cache_dirs(p);

	opt.compile = (struct yr_compile_options){
		.include_dirs = p->settings.include_dirs,
		.base_dir = p->base,
		.fallback_dir = p->settings.fallback_dir,
		.kernel = p->settings.features,
		.override_abi = p->forced_abi,
		.default_abi = p->policy_features && p->policy_features == p->kernel_features
				       ? p->settings.features
				       : p->policy_abi,
		.ns = p->settings.ns,
		.force_complain = p->settings.complain,
		.image_flags = p->image_flags,
	};
	opt.switches_dir = p->action == YR_PARSER_REMOVE ? NULL
			   : p->base                     ? p->base
							 : "/etc/apparmor.d";
	opt.cache_dirs = cache ? p->cache_dirs : NULL;
	opt.read_cache = !p->skip_read;
	opt.write_cache = p->write_cache;
	if (p->max_jobs && p->jobs > p->max_jobs)
		p->jobs = p->max_jobs;
	if (p->binary)
		load_binaries(&s, in);
	else
		yr_jobs_run(in, &opt, p->jobs, finish, &s);
	/* All of the output or none. */
	if (!s.status && (p->to_stdout || p->output))
		s.status = write_output(&s);
	yr_buf_done(&s.output);
	yr_loader_free(s.loader);
	return s.status;
}

static int purge(const struct yr_parser *p)
{
	struct yr_err err = { 0 };

	if (yr_cache_purge(p->cache_dirs[0], NULL, &err) < 0) {
		yr_say("%s", err.msg);
		return 1;
	}
	return 0;
}

int yr_apparmor_parser(int argc, char **argv)
{
	struct yr_inputs in = { 0 };
	struct yr_parser p;
	int status = yr_parser_options(&p, argc, argv);

	if (status < 0 && p.binary &&
	    (p.names || p.preprocess || p.action == YR_PARSER_REMOVE || p.settings.ns)) {
		yr_say("-B with %s is not supported by Yoroi", p.names         ? "-N"
							       : p.preprocess  ? "-p"
							       : p.settings.ns ? "-n"
									       : "-R");
		status = 1;
	}
	if (status < 0 && p.help) {
		fputs(help_text, stdout);
		status = 0;
	} else if (status < 0 && p.version) {
		puts("AppArmor parser version " LANGUAGE_VERSION "\nYoroi " YR_VERSION);
		status = 0;
	} else if (status < 0 && p.print_config) {
		puts(p.config);
		status = 0;
	} else if (status < 0 && p.purge_cache) {
		status = purge(&p);
	}
	if (status < 0) {
		status = p.print_cache_dir
				 ? 0
				 : yr_inputs_read(argv + optind, (size_t)(argc - optind), &in);
		p.from_folder = in.from_folder;
		if (!status)
			status = p.preprocess ? yr_parser_preprocess(&p, &in) : work(&p, &in);
	}
	yr_inputs_done(&in);
	yr_parser_done(&p);
	return status;
}
