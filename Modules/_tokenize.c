/* SPDX-License-Identifier: MIT */
/* The _tokenize module: the lexer's tokens as tuples
 * (text, kind, line, last line, column, end column, source line). */
#include "ks_args.h"
#include "ks_lexer.h"

typedef struct TokenizerObject {
    PyObject_HEAD
    KsLexer lexer;
    char *text;         /* the lexer's */
    PyObject *filename;
    int is_done;
} TokenizerObject;

typedef struct TokenizerArgs {
    const char *source;
} TokenizerArgs;

static const KsParam tokenizer_params[] = {PARAM(TokenizerArgs, source, ARG_TEXT, 1), PARAM_END};

static PyObject *
tokenizer_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    TokenizerArgs in = {NULL};
    if (!ks_args_parse_tuple("tokenizeriter", tokenizer_params, args, kwargs, &in))
        return NULL;
    TokenizerObject *self = (TokenizerObject *)type->tp_alloc(type, 0);
    if (self == NULL)
        return NULL;
    char *stop;
    const char *encoding;
    self->filename = PyUnicode_FromString("<string>");
    if (self->filename != NULL)
        self->text = ks_source_text(in.source, strlen(in.source), 1, 0, 1, NULL, self->filename,
                                    &stop, &encoding);
    if (self->text == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    ks_lexer_start(&self->lexer, self->text, stop, self->filename);
    return (PyObject *)self;
}

static PyObject *
tokenizer_next(TokenizerObject *self)
{
    KsLexer *lexer = &self->lexer;
    KsToken token;
    if (self->is_done)
        return NULL;
    int kind = ks_lexer_next(lexer, &token);
    if (kind == TK_ERRORTOKEN || kind == TK_ENDMARKER) {
        self->is_done = 1;
        return NULL;
    }
    if (kind > TK_N_TOKENS)
        kind = TK_NAME; /* keywords are names to everybody else */
    KS_OWNED PyObject *text = PyUnicode_DecodeUTF8(lexer->text + token.start,
                                                   (Py_ssize_t)(token.end - token.start), NULL);
    KS_OWNED PyObject *line = PyUnicode_DecodeUTF8(lexer->buf, lexer->line_end - lexer->buf, NULL);
    if (text == NULL || line == NULL)
        return NULL;
    return Py_BuildValue("(OiiiiiO)", text, kind, token.lineno, token.end_lineno,
                         token.col_offset, token.end_col_offset, line);
}

static void
tokenizer_dealloc(TokenizerObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyMem_Free(self->text);
    Py_CLEAR(self->filename);
    type->tp_free((PyObject *)self);
    Py_DECREF(type);
}

static PyType_Slot tokenizer_slots[] = {
    {Py_tp_new, tokenizer_new},
    {Py_tp_dealloc, tokenizer_dealloc},
    {Py_tp_getattro, PyObject_GenericGetAttr},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, tokenizer_next},
    {0, NULL},
};

static PyType_Spec tokenizer_spec = {
    "_tokenize.TokenizerIter", sizeof(TokenizerObject), 0, Py_TPFLAGS_DEFAULT, tokenizer_slots,
};

static int
tokenize_exec(PyObject *module)
{
    KS_OWNED PyObject *type = PyType_FromModuleAndSpec(module, &tokenizer_spec, NULL);
    return type != NULL ? PyModule_AddType(module, (PyTypeObject *)type) : -1;
}

static PyModuleDef_Slot tokenize_slots[] = {
    {Py_mod_exec, tokenize_exec},
    {0, NULL},
};

static struct PyModuleDef tokenize_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_tokenize",
    .m_slots = tokenize_slots,
};

PyMODINIT_FUNC
PyInit__tokenize(void)
{
    return PyModuleDef_Init(&tokenize_module);
}
