/* SPDX-License-Identifier: MIT */
/* freeze's code by our own compiler: the core runs without importlib, which is not frozen yet. */
#include "Python.h"
#include "marshal.h"
#include "freeze.h"
#include "ks_base.h"
#include "ks_lifecycle.h"

/* The program being built has these; this one has none. */
const struct _frozen ks_frozen_bootstrap[] = {{NULL, NULL, 0, 0, NULL}};
const struct _frozen ks_frozen_stdlib[] = {{NULL, NULL, 0, 0, NULL}};
const struct _frozen ks_frozen_test[] = {{NULL, NULL, 0, 0, NULL}};

static void
start(void)
{
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
    config._install_importlib = 0;
    PyStatus status = PyConfig_SetString(&config, &config.program_name, L"freeze");
    if (!PyStatus_Exception(status))
        status = Py_InitializeFromConfig(&config);
    PyConfig_Clear(&config);
    if (PyStatus_Exception(status))
        Py_ExitStatusException(status);
}

/* The file's text, or NULL if there is no such file. */
static char *
read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    rewind(file);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size)
        freeze_die("cannot read", path);
    text[size] = '\0';
    fclose(file);
    return text;
}

FreezeCode
freeze_load(const char *stdlib, const char *module, const char *shown)
{
    FreezeCode result = {NULL, 0};
    char path[1024];
    int head = snprintf(path, sizeof(path), "%s/", stdlib);
    snprintf(path + head, sizeof(path) - (size_t)head, "%s.py", module);
    char *end = strrchr(path, '.');
    for (char *at = path + head; at < end; at++) {
        if (*at == '.')
            *at = '/';
    }
    char *text = read_text(path);
    if (text == NULL)
        return result;
    if (!Py_IsInitialized())
        start();
    KS_OWNED PyObject *code = Py_CompileStringExFlags(text, shown, Py_file_input, NULL, 0);
    KS_OWNED PyObject *bytes = code == NULL ? NULL : PyMarshal_WriteObjectToString(code, Py_MARSHAL_VERSION);
    free(text);
    if (bytes == NULL) {
        PyErr_Print();
        freeze_die("cannot compile", path);
    }
    result.size = (size_t)PyBytes_GET_SIZE(bytes);
    result.bytes = malloc(result.size);
    if (result.bytes == NULL)
        freeze_die("no memory for", module);
    memcpy(result.bytes, PyBytes_AS_STRING(bytes), result.size);
    return result;
}
