/* SPDX-License-Identifier: MIT */
/* Reading the configuration: what the config_*.c files share. */
#ifndef KS_CONFIG_H
#define KS_CONFIG_H

#include "Python.h"
#include "pycore_initconfig.h"

/* Between a configuration and the Py_*Flag variables; only undecided fields are taken. */
void ks_config_take_flags(PyConfig *config);
void ks_config_give_flags(const PyConfig *config);

/* Replaces a text field by decoded bytes (NULL allowed); message is used when they are no text. */
PyStatus ks_config_set_bytes(PyConfig *config, wchar_t **field, const char *text,
                             const char *message);

/* Reads config->argv: fills fields and lists from the options and sets *rest to the index of the
 * first argument that is none. An exit status after --help, --version or a complaint. */
PyStatus ks_config_read_options(PyConfig *config, PyWideStringList *warnoptions, Py_ssize_t *rest);

/* Fills the path fields that are still empty; searches the file system if compute is set. */
PyStatus ks_path_config_compute(PyConfig *config, int compute);

/* Appends the parts of "a:b:c" to paths, made absolute if wanted. */
PyStatus ks_path_append_parts(PyWideStringList *paths, const wchar_t *text, int absolute);

#endif
