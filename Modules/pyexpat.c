/* SPDX-License-Identifier: MIT */
/* The pyexpat module: parser objects over libexpat. A handler is a slot of the parser object and a
 * function of ours that expat calls; an exception in it stops the parser, drops all handlers and
 * waits for Parse() to raise it. Character data may be collected first (buffer_text). */
#define PY_SSIZE_T_CLEAN
#include "Python.h"
#include "ks_args.h"
#include "structmember.h"
#include <expat.h>
#include "expat_parts.h"
#include "pyexpat.h"

#define DEFAULT_BUFFER_BYTES 8192
#define PARSE_CHUNK_BYTES (1 << 20)
#define READ_BYTES 2048

enum {
    ON_START_ELEMENT, ON_END_ELEMENT, ON_PROCESSING_INSTRUCTION, ON_CHARACTER_DATA, ON_UNPARSED_ENTITY_DECL,
    ON_NOTATION_DECL, ON_START_NAMESPACE_DECL, ON_END_NAMESPACE_DECL, ON_COMMENT, ON_START_CDATA, ON_END_CDATA,
    ON_DEFAULT, ON_DEFAULT_EXPAND, ON_NOT_STANDALONE, ON_EXTERNAL_ENTITY_REF, ON_START_DOCTYPE_DECL,
    ON_END_DOCTYPE_DECL, ON_ENTITY_DECL, ON_XML_DECL, ON_ELEMENT_DECL, ON_ATTLIST_DECL, ON_SKIPPED_ENTITY,
    HANDLER_COUNT
};

typedef struct ParserObject {
    PyObject_HEAD
    XML_Parser parser;
    int ordered_attributes, specified_attributes, namespace_prefixes, in_callback;
    char *buffer; /* collected character data, or NULL */
    int buffer_size, buffer_used;
    PyObject *intern; /* a dict or NULL */
    PyObject *parent; /* the parser this one was made from: expat needs it to live */
    PyObject *handlers[HANDLER_COUNT];
} ParserObject;

#define PARSER(op) ((ParserObject *)(op))

static PyTypeObject *parser_type;
static PyObject *expat_error;

/* ---- texts --------------------------------------------------------------------------------- */

static KS_NEW PyObject *
text_or_none(const XML_Char *text)
{
    if (text == NULL)
        Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "strict");
}

/* The one str for a name, as far as the parser keeps them. */
static KS_NEW PyObject *
name_text(ParserObject *self, const XML_Char *text)
{
    KS_OWNED PyObject *name = text_or_none(text);
    if (name == NULL || name == Py_None || self->intern == NULL)
        return ks_give(&name);
    PyObject *kept = PyDict_SetDefault(self->intern, name, name);
    return Py_XNewRef(kept);
}

static const char *const handler_names[HANDLER_COUNT] = {
    "StartElementHandler", "EndElementHandler", "ProcessingInstructionHandler", "CharacterDataHandler",
    "UnparsedEntityDeclHandler", "NotationDeclHandler", "StartNamespaceDeclHandler", "EndNamespaceDeclHandler",
    "CommentHandler", "StartCdataSectionHandler", "EndCdataSectionHandler", "DefaultHandler", "DefaultHandlerExpand",
    "NotStandaloneHandler", "ExternalEntityRefHandler", "StartDoctypeDeclHandler", "EndDoctypeDeclHandler",
    "EntityDeclHandler", "XmlDeclHandler", "ElementDeclHandler", "AttlistDeclHandler", "SkippedEntityHandler",
};

/* ---- calling handlers ---------------------------------------------------------------------- */

static void handlers_sync(ParserObject *self, int which, int on);

static void
handlers_drop(ParserObject *self)
{
    for (int i = 0; i < HANDLER_COUNT; i++) {
        if (self->handlers[i] != NULL) {
            handlers_sync(self, i, 0);
            Py_CLEAR(self->handlers[i]);
        }
    }
}

static int
refuse_entity(XML_Parser parser, const XML_Char *context, const XML_Char *base, const XML_Char *system,
              const XML_Char *public)
{
    return 0;
}

static void
parser_stop(ParserObject *self)
{
    handlers_drop(self);
    XML_SetExternalEntityRefHandler(self->parser, refuse_entity);
}

/* Calls the handler with args, which is taken over; NULL after parser_stop(). */
static KS_NEW PyObject *
handler_call(ParserObject *self, int which, KS_STEALS PyObject *args)
{
    PyObject *result = NULL;
    if (args != NULL) {
        KS_OWNED PyObject *handler = Py_NewRef(self->handlers[which]);
        self->in_callback = 1;
        result = PyObject_CallObject(handler, args);
        self->in_callback = 0;
        Py_DECREF(args);
    }
    if (result == NULL) {
        char name[40]; /* tracebacks show the handler's kind as a function */
        snprintf(name, sizeof name, "%.*s", (int)(strcspn(handler_names[which], "H")), handler_names[which]);
        _PyTraceback_Add(name, "../Modules/pyexpat.c", __LINE__);
        parser_stop(self);
    }
    return result;
}

static int
characters_send(ParserObject *self, const char *data, int length)
{
    if (self->handlers[ON_CHARACTER_DATA] == NULL)
        return 0;
    KS_OWNED PyObject *text = PyUnicode_DecodeUTF8(data, length, "strict");
    PyObject *args = text == NULL ? NULL : PyTuple_Pack(1, text);
    KS_OWNED PyObject *result = handler_call(self, ON_CHARACTER_DATA, args);
    return result == NULL ? -1 : 0;
}

static int
buffer_flush(ParserObject *self)
{
    if (self->buffer == NULL || self->buffer_used == 0)
        return 0;
    int length = self->buffer_used;
    self->buffer_used = 0;
    return characters_send(self, self->buffer, length);
}

/* Whether a handler may run now: nothing pending, and the collected text sent before it. */
static int
handler_ready(ParserObject *self, int which)
{
    return self->handlers[which] != NULL && !PyErr_Occurred() && buffer_flush(self) == 0 &&
           self->handlers[which] != NULL;
}

static void
handler_run(ParserObject *self, int which, KS_STEALS PyObject *args)
{
    KS_OWNED PyObject *result = handler_call(self, which, args);
    (void)result;
}

static int
handler_run_int(ParserObject *self, int which, KS_STEALS PyObject *args)
{
    KS_OWNED PyObject *result = handler_call(self, which, args);
    if (result == NULL)
        return 0;
    int answer = (int)PyLong_AsLong(result);
    if (answer == -1 && PyErr_Occurred()) {
        parser_stop(self);
        return 0;
    }
    return answer;
}

/* ---- what expat calls ---------------------------------------------------------------------- */

static KS_NEW PyObject *
attributes_object(ParserObject *self, const XML_Char **pairs)
{
    int count;
    if (self->specified_attributes)
        count = XML_GetSpecifiedAttributeCount(self->parser);
    else
        for (count = 0; pairs[count] != NULL;)
            count += 2;
    KS_OWNED PyObject *all = self->ordered_attributes ? PyList_New(count) : PyDict_New();
    if (all == NULL)
        return NULL;
    for (int i = 0; i < count; i += 2) {
        KS_OWNED PyObject *name = name_text(self, pairs[i]);
        KS_OWNED PyObject *value = name == NULL ? NULL : text_or_none(pairs[i + 1]);
        if (value == NULL)
            return NULL;
        if (self->ordered_attributes) {
            PyList_SET_ITEM(all, i, ks_give(&name));
            PyList_SET_ITEM(all, i + 1, ks_give(&value));
        }
        else if (PyDict_SetItem(all, name, value) < 0)
            return NULL;
    }
    return ks_give(&all);
}

static void
on_start_element(void *data, const XML_Char *name, const XML_Char **pairs)
{
    ParserObject *self = data;
    if (!handler_ready(self, ON_START_ELEMENT))
        return;
    PyObject *attributes = attributes_object(self, pairs);
    handler_run(self, ON_START_ELEMENT, attributes == NULL ? NULL : Py_BuildValue("(NN)", name_text(self, name), attributes));
}

static void
on_character_data(void *data, const XML_Char *text, int length)
{
    ParserObject *self = data;
    if (PyErr_Occurred())
        return;
    if (self->buffer == NULL) {
        characters_send(self, text, length);
        return;
    }
    if (self->buffer_used + length > self->buffer_size) {
        if (buffer_flush(self) < 0 || self->handlers[ON_CHARACTER_DATA] == NULL)
            return;
    }
    if (length > self->buffer_size) {
        characters_send(self, text, length);
        self->buffer_used = 0;
        return;
    }
    memcpy(self->buffer + self->buffer_used, text, (size_t)length);
    self->buffer_used += length;
}

static void
ignore_character_data(void *data, const XML_Char *text, int length)
{
}

/* A handler that gets texts and numbers only: its C parameters and the format and values of the
 * call. N(x) interns a name, T(x) is a plain text or None. */
#define N(x) name_text(self, x)
#define T(x) text_or_none(x)
#define HANDLER(function, which, parameters, ...)               \
    static void function parameters                             \
    {                                                           \
        ParserObject *self = data;                              \
        if (handler_ready(self, which))                         \
            handler_run(self, which, Py_BuildValue(__VA_ARGS__)); \
    }

HANDLER(on_end_element, ON_END_ELEMENT, (void *data, const XML_Char *name), "(N)", N(name))
HANDLER(on_processing_instruction, ON_PROCESSING_INSTRUCTION,
        (void *data, const XML_Char *target, const XML_Char *text), "(NN)", N(target), T(text))
HANDLER(on_unparsed_entity_decl, ON_UNPARSED_ENTITY_DECL,
        (void *data, const XML_Char *entity, const XML_Char *base, const XML_Char *system, const XML_Char *public,
         const XML_Char *notation), "(NNNNN)", N(entity), N(base), N(system), N(public), N(notation))
HANDLER(on_notation_decl, ON_NOTATION_DECL,
        (void *data, const XML_Char *notation, const XML_Char *base, const XML_Char *system, const XML_Char *public),
        "(NNNN)", N(notation), N(base), N(system), N(public))
HANDLER(on_start_namespace_decl, ON_START_NAMESPACE_DECL, (void *data, const XML_Char *prefix, const XML_Char *uri),
        "(NN)", N(prefix), N(uri))
HANDLER(on_end_namespace_decl, ON_END_NAMESPACE_DECL, (void *data, const XML_Char *prefix), "(N)", N(prefix))
HANDLER(on_comment, ON_COMMENT, (void *data, const XML_Char *text), "(N)", T(text))
HANDLER(on_start_cdata, ON_START_CDATA, (void *data), "()")
HANDLER(on_end_cdata, ON_END_CDATA, (void *data), "()")
HANDLER(on_default, ON_DEFAULT, (void *data, const XML_Char *text, int length), "(N)",
        PyUnicode_DecodeUTF8(text, length, "strict"))
HANDLER(on_default_expand, ON_DEFAULT_EXPAND, (void *data, const XML_Char *text, int length), "(N)",
        PyUnicode_DecodeUTF8(text, length, "strict"))
HANDLER(on_start_doctype_decl, ON_START_DOCTYPE_DECL,
        (void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int internal), "(NNNi)",
        N(name), N(system), N(public), internal)
HANDLER(on_end_doctype_decl, ON_END_DOCTYPE_DECL, (void *data), "()")
HANDLER(on_entity_decl, ON_ENTITY_DECL,
        (void *data, const XML_Char *entity, int is_parameter, const XML_Char *value, int length, const XML_Char *base,
         const XML_Char *system, const XML_Char *public, const XML_Char *notation), "(NiNNNNN)", N(entity),
        is_parameter, value == NULL ? Py_NewRef(Py_None) : PyUnicode_DecodeUTF8(value, length, "strict"), N(base),
        N(system), N(public), N(notation))
HANDLER(on_xml_decl, ON_XML_DECL, (void *data, const XML_Char *version, const XML_Char *encoding, int standalone),
        "(NNi)", T(version), T(encoding), standalone)
HANDLER(on_attlist_decl, ON_ATTLIST_DECL,
        (void *data, const XML_Char *element, const XML_Char *name, const XML_Char *type, const XML_Char *fallback,
         int required), "(NNNNi)", N(element), N(name), T(type), T(fallback), required)
HANDLER(on_skipped_entity, ON_SKIPPED_ENTITY, (void *data, const XML_Char *entity, int is_parameter), "(Ni)",
        N(entity), is_parameter)

static KS_NEW PyObject *
model_object(ParserObject *self, const XML_Content *model)
{
    KS_OWNED PyObject *children = PyTuple_New(model->numchildren);
    if (children == NULL)
        return NULL;
    for (unsigned int i = 0; i < model->numchildren; i++) {
        if (Py_EnterRecursiveCall(" in conv_content_model"))
            return NULL;
        PyObject *child = model_object(self, &model->children[i]);
        Py_LeaveRecursiveCall();
        if (child == NULL)
            return NULL;
        PyTuple_SET_ITEM(children, i, child);
    }
    return Py_BuildValue("(iiNO)", model->type, model->quant, name_text(self, model->name), children);
}

static void
on_element_decl(void *data, const XML_Char *name, XML_Content *model)
{
    ParserObject *self = data;
    if (handler_ready(self, ON_ELEMENT_DECL)) {
        PyObject *content = model_object(self, model);
        handler_run(self, ON_ELEMENT_DECL,
                    content == NULL ? NULL : Py_BuildValue("(NN)", name_text(self, name), content));
    }
    XML_FreeContentModel(self->parser, model);
}

static int
on_not_standalone(void *data)
{
    ParserObject *self = data;
    return handler_ready(self, ON_NOT_STANDALONE) ? handler_run_int(self, ON_NOT_STANDALONE, PyTuple_New(0)) : 0;
}

static int
on_external_entity_ref(XML_Parser parser, const XML_Char *context, const XML_Char *base, const XML_Char *system,
                       const XML_Char *public)
{
    ParserObject *self = XML_GetUserData(parser);
    if (!handler_ready(self, ON_EXTERNAL_ENTITY_REF))
        return 0;
    return handler_run_int(self, ON_EXTERNAL_ENTITY_REF,
                           Py_BuildValue("(NNNN)", T(context), N(base), N(system), N(public)));
}
#undef N
#undef T

/* Tells expat whether our function for that handler is wanted. */
static void
handlers_sync(ParserObject *self, int which, int on)
{
    XML_Parser p = self->parser;
    switch (which) {
    case ON_START_ELEMENT: XML_SetStartElementHandler(p, on ? on_start_element : NULL); break;
    case ON_END_ELEMENT: XML_SetEndElementHandler(p, on ? on_end_element : NULL); break;
    case ON_PROCESSING_INSTRUCTION:
        XML_SetProcessingInstructionHandler(p, on ? on_processing_instruction : NULL);
        break;
    case ON_CHARACTER_DATA:
        /* Within a callback the handler may not vanish: expat would take the text to be default
         * data from the middle of a run on. */
        XML_SetCharacterDataHandler(p, on ? on_character_data : self->in_callback ? ignore_character_data : NULL);
        break;
    case ON_UNPARSED_ENTITY_DECL: XML_SetUnparsedEntityDeclHandler(p, on ? on_unparsed_entity_decl : NULL); break;
    case ON_NOTATION_DECL: XML_SetNotationDeclHandler(p, on ? on_notation_decl : NULL); break;
    case ON_START_NAMESPACE_DECL: XML_SetStartNamespaceDeclHandler(p, on ? on_start_namespace_decl : NULL); break;
    case ON_END_NAMESPACE_DECL: XML_SetEndNamespaceDeclHandler(p, on ? on_end_namespace_decl : NULL); break;
    case ON_COMMENT: XML_SetCommentHandler(p, on ? on_comment : NULL); break;
    case ON_START_CDATA: XML_SetStartCdataSectionHandler(p, on ? on_start_cdata : NULL); break;
    case ON_END_CDATA: XML_SetEndCdataSectionHandler(p, on ? on_end_cdata : NULL); break;
    case ON_DEFAULT: XML_SetDefaultHandler(p, on ? on_default : NULL); break;
    case ON_DEFAULT_EXPAND: XML_SetDefaultHandlerExpand(p, on ? on_default_expand : NULL); break;
    case ON_NOT_STANDALONE: XML_SetNotStandaloneHandler(p, on ? on_not_standalone : NULL); break;
    case ON_EXTERNAL_ENTITY_REF: XML_SetExternalEntityRefHandler(p, on ? on_external_entity_ref : NULL); break;
    case ON_START_DOCTYPE_DECL: XML_SetStartDoctypeDeclHandler(p, on ? on_start_doctype_decl : NULL); break;
    case ON_END_DOCTYPE_DECL: XML_SetEndDoctypeDeclHandler(p, on ? on_end_doctype_decl : NULL); break;
    case ON_ENTITY_DECL: XML_SetEntityDeclHandler(p, on ? on_entity_decl : NULL); break;
    case ON_XML_DECL: XML_SetXmlDeclHandler(p, on ? on_xml_decl : NULL); break;
    case ON_ELEMENT_DECL: XML_SetElementDeclHandler(p, on ? on_element_decl : NULL); break;
    case ON_ATTLIST_DECL: XML_SetAttlistDeclHandler(p, on ? on_attlist_decl : NULL); break;
    case ON_SKIPPED_ENTITY: XML_SetSkippedEntityHandler(p, on ? on_skipped_entity : NULL); break;
    }
}

int
ks_expat_unknown_encoding(void *ignored, const XML_Char *name, XML_Encoding *info)
{
    unsigned char all[256];
    if (PyErr_Occurred())
        return XML_STATUS_ERROR;
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    KS_OWNED PyObject *text = PyUnicode_Decode((char *)all, 256, name, "replace");
    if (text == NULL || PyUnicode_READY(text) < 0)
        return XML_STATUS_ERROR;
    if (PyUnicode_GET_LENGTH(text) != 256) {
        PyErr_SetString(PyExc_ValueError, "multi-byte encodings are not supported");
        return XML_STATUS_ERROR;
    }
    for (int i = 0; i < 256; i++) {
        Py_UCS4 c = PyUnicode_READ_CHAR(text, i);
        info->map[i] = c == Py_UNICODE_REPLACEMENT_CHARACTER ? -1 : (int)c;
    }
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    return XML_STATUS_OK;
}

/* ---- lifecycle ----------------------------------------------------------------------------- */

static KS_NEW ParserObject *
parser_alloc(PyObject *intern)
{
    ParserObject *self = PyObject_GC_New(ParserObject, parser_type);
    if (self == NULL)
        return NULL;
    memset((char *)self + sizeof(PyObject), 0, sizeof *self - sizeof(PyObject));
    self->buffer_size = DEFAULT_BUFFER_BYTES;
    self->intern = Py_XNewRef(intern);
    return self;
}

static void
parser_start(ParserObject *self)
{
    XML_SetHashSalt(self->parser, (unsigned long)_Py_HashSecret.expat.hashsalt);
    XML_SetUserData(self->parser, self);
    XML_SetUnknownEncodingHandler(self->parser, ks_expat_unknown_encoding, NULL);
}

static int
parser_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    for (int i = 0; i < HANDLER_COUNT; i++)
        Py_VISIT(PARSER(self)->handlers[i]);
    Py_VISIT(PARSER(self)->parent);
    return 0;
}

static int
parser_clear(PyObject *self)
{
    if (PARSER(self)->parser != NULL)
        handlers_drop(PARSER(self));
    Py_CLEAR(PARSER(self)->intern);
    return 0;
}

static void
parser_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    parser_clear(self);
    if (PARSER(self)->parser != NULL)
        XML_ParserFree(PARSER(self)->parser);
    Py_CLEAR(PARSER(self)->parent);
    PyMem_Free(PARSER(self)->buffer);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

/* ---- methods ------------------------------------------------------------------------------- */

static int
error_field(PyObject *error, const char *name, unsigned long value)
{
    KS_OWNED PyObject *number = PyLong_FromUnsignedLong(value);
    return number == NULL ? -1 : PyObject_SetAttrString(error, name, number);
}

static PyObject *
parser_raise(ParserObject *self, enum XML_Error code)
{
    unsigned long line = XML_GetErrorLineNumber(self->parser), column = XML_GetErrorColumnNumber(self->parser);
    KS_OWNED PyObject *text = PyUnicode_FromFormat("%s: line %lu, column %lu", XML_ErrorString(code), line, column);
    if (text == NULL)
        return NULL;
    KS_OWNED PyObject *error = PyObject_CallOneArg(expat_error, text);
    if (error != NULL && error_field(error, "code", code) == 0 && error_field(error, "offset", column) == 0 &&
        error_field(error, "lineno", line) == 0)
        PyErr_SetObject(expat_error, error);
    return NULL;
}

/* What Parse() answers for expat's status. */
static PyObject *
parse_result(ParserObject *self, int status)
{
    if (PyErr_Occurred())
        return NULL;
    if (status == 0)
        return parser_raise(self, XML_GetErrorCode(self->parser));
    if (buffer_flush(self) < 0)
        return NULL;
    return PyLong_FromLong(status);
}

static PyObject *
parser_parse(PyObject *op, PyObject *const *args, Py_ssize_t nargs)
{
    ParserObject *self = PARSER(op);
    Py_buffer view = {NULL, NULL};
    const char *data;
    Py_ssize_t length;
    int is_final = 0, status = XML_STATUS_OK;
    if (!ks_args_count("Parse", nargs, 1, 2) || (nargs > 1 && !ks_arg_bool(args[1], &is_final)))
        return NULL;
    if (PyUnicode_Check(args[0])) {
        data = PyUnicode_AsUTF8AndSize(args[0], &length);
        if (data == NULL)
            return NULL;
        (void)XML_SetEncoding(self->parser, "utf-8");
    }
    else {
        if (PyObject_GetBuffer(args[0], &view, PyBUF_SIMPLE) < 0)
            return NULL;
        data = view.buf;
        length = view.len;
    }
    for (; length > PARSE_CHUNK_BYTES && status == XML_STATUS_OK; length -= PARSE_CHUNK_BYTES) {
        status = XML_Parse(self->parser, data, PARSE_CHUNK_BYTES, 0);
        data += PARSE_CHUNK_BYTES;
        if (PyErr_Occurred())
            status = XML_STATUS_ERROR;
    }
    if (status == XML_STATUS_OK)
        status = XML_Parse(self->parser, data, (int)length, is_final);
    PyBuffer_Release(&view);
    return parse_result(self, status);
}

/* Reads once into expat's buffer: the count, 0 at the end, -1 with an exception. */
static int
read_into(PyObject *read, void *buffer)
{
    KS_OWNED PyObject *data = PyObject_CallFunction(read, "i", READ_BYTES);
    if (data == NULL)
        return -1;
    const char *bytes;
    if (PyByteArray_Check(data))
        bytes = PyByteArray_AS_STRING(data);
    else if (PyBytes_Check(data))
        bytes = PyBytes_AS_STRING(data);
    else {
        PyErr_Format(PyExc_TypeError, "read() did not return a bytes object (type=%.400s)", Py_TYPE(data)->tp_name);
        return -1;
    }
    Py_ssize_t length = Py_SIZE(data);
    if (length > READ_BYTES) {
        PyErr_Format(PyExc_ValueError, "read() returned too much data: %i bytes requested, %zd returned", READ_BYTES,
                     length);
        return -1;
    }
    memcpy(buffer, bytes, (size_t)length);
    return (int)length;
}

static PyObject *
parser_parse_file(PyObject *op, PyObject *file)
{
    ParserObject *self = PARSER(op);
    int status, length;
    KS_OWNED PyObject *read = NULL;
    if (_PyObject_LookupAttr(file, KS_INTERN("read"), &read) < 0)
        return NULL;
    if (read == NULL) {
        PyErr_SetString(PyExc_TypeError, "argument must have 'read' attribute");
        return NULL;
    }
    do {
        void *buffer = XML_GetBuffer(self->parser, READ_BYTES);
        if (buffer == NULL)
            return parse_result(self, 0);
        length = read_into(read, buffer);
        if (length < 0)
            return NULL;
        status = XML_ParseBuffer(self->parser, length, length == 0);
        if (PyErr_Occurred())
            return NULL;
    } while (status != XML_STATUS_ERROR && length > 0);
    return parse_result(self, status);
}

static PyObject *
parser_set_base(PyObject *self, PyObject *base)
{
    const char *text;
    if (!PyArg_Parse(base, "s:SetBase", &text))
        return NULL;
    if (!XML_SetBase(PARSER(self)->parser, text))
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}

static PyObject *
parser_get_base(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return text_or_none(XML_GetBase(PARSER(self)->parser));
}

static PyObject *
parser_get_input_context(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    int offset, size;
    if (!PARSER(self)->in_callback)
        Py_RETURN_NONE;
    const char *buffer = XML_GetInputContext(PARSER(self)->parser, &offset, &size);
    if (buffer == NULL)
        Py_RETURN_NONE;
    return PyBytes_FromStringAndSize(buffer + offset, size - offset);
}

static PyObject *
parser_external_entity_parser(PyObject *op, PyObject *args)
{
    ParserObject *self = PARSER(op);
    const char *context, *encoding = NULL;
    if (!PyArg_ParseTuple(args, "z|s:ExternalEntityParserCreate", &context, &encoding))
        return NULL;
    ParserObject *child = parser_alloc(self->intern);
    if (child == NULL)
        return NULL;
    child->ordered_attributes = self->ordered_attributes;
    child->specified_attributes = self->specified_attributes;
    child->namespace_prefixes = self->namespace_prefixes;
    child->buffer_size = self->buffer_size;
    child->parent = Py_NewRef(op);
    child->parser = XML_ExternalEntityParserCreate(self->parser, context, encoding);
    if (self->buffer != NULL)
        child->buffer = PyMem_Malloc((size_t)child->buffer_size);
    if (child->parser == NULL || (self->buffer != NULL && child->buffer == NULL)) {
        Py_DECREF(child);
        return PyErr_NoMemory();
    }
    XML_SetUserData(child->parser, child);
    for (int i = 0; i < HANDLER_COUNT; i++) {
        if (self->handlers[i] != NULL) {
            child->handlers[i] = Py_NewRef(self->handlers[i]);
            handlers_sync(child, i, 1);
        }
    }
    PyObject_GC_Track(child);
    return (PyObject *)child;
}

static PyObject *
parser_set_param_entity_parsing(PyObject *self, PyObject *flag)
{
    int value = _PyLong_AsInt(flag);
    if (value == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(XML_SetParamEntityParsing(PARSER(self)->parser, (enum XML_ParamEntityParsing)value));
}

static PyObject *
parser_use_foreign_dtd(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    int flag = 1;
    if (!ks_args_count("UseForeignDTD", nargs, 0, 1) || (nargs && !ks_arg_bool(args[0], &flag)))
        return NULL;
    enum XML_Error code = XML_UseForeignDTD(PARSER(self)->parser, flag ? XML_TRUE : XML_FALSE);
    if (code != XML_ERROR_NONE)
        return parser_raise(PARSER(self), code);
    Py_RETURN_NONE;
}

/* ---- attributes ---------------------------------------------------------------------------- */

static PyObject *
handler_get(PyObject *self, void *which)
{
    PyObject *handler = PARSER(self)->handlers[(Py_ssize_t)which];
    return Py_NewRef(handler == NULL ? Py_None : handler);
}

static int
attribute_delete(PyObject *value)
{
    if (value != NULL)
        return 0;
    PyErr_SetString(PyExc_RuntimeError, "Cannot delete attribute");
    return -1;
}

static int
handler_set(PyObject *op, PyObject *value, void *closure)
{
    ParserObject *self = PARSER(op);
    int which = (int)(Py_ssize_t)closure;
    if (attribute_delete(value) < 0)
        return -1;
    if (which == ON_CHARACTER_DATA && buffer_flush(self) < 0)
        return -1;
    PyObject *old = self->handlers[which];
    self->handlers[which] = value == Py_None ? NULL : Py_NewRef(value);
    handlers_sync(self, which, value != Py_None);
    Py_XDECREF(old);
    return 0;
}

#define NUMBER_GETTER(function, call)                                \
    static PyObject *function(PyObject *self, void *Py_UNUSED(closure)) \
    {                                                                \
        return PyLong_FromLong((long)call(PARSER(self)->parser));    \
    }
NUMBER_GETTER(get_error_code, XML_GetErrorCode)
NUMBER_GETTER(get_error_line, XML_GetErrorLineNumber)
NUMBER_GETTER(get_error_column, XML_GetErrorColumnNumber)
NUMBER_GETTER(get_error_byte, XML_GetErrorByteIndex)
NUMBER_GETTER(get_line, XML_GetCurrentLineNumber)
NUMBER_GETTER(get_column, XML_GetCurrentColumnNumber)
NUMBER_GETTER(get_byte, XML_GetCurrentByteIndex)

static PyObject *
get_flag(PyObject *self, void *offset)
{
    return PyBool_FromLong(*(int *)((char *)self + (Py_ssize_t)offset));
}

static int
set_flag(PyObject *self, PyObject *value, void *offset)
{
    if (attribute_delete(value) < 0)
        return -1;
    int flag = PyObject_IsTrue(value);
    if (flag < 0)
        return -1;
    *(int *)((char *)self + (Py_ssize_t)offset) = flag;
    if ((size_t)offset == offsetof(ParserObject, namespace_prefixes))
        XML_SetReturnNSTriplet(PARSER(self)->parser, flag);
    return 0;
}

static PyObject *
get_buffer_text(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(PARSER(self)->buffer != NULL);
}

static int
set_buffer_text(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    ParserObject *self = PARSER(op);
    if (attribute_delete(value) < 0)
        return -1;
    int flag = PyObject_IsTrue(value);
    if (flag < 0)
        return -1;
    if (flag && self->buffer == NULL) {
        self->buffer = PyMem_Malloc((size_t)self->buffer_size);
        if (self->buffer == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        self->buffer_used = 0;
    }
    else if (!flag && self->buffer != NULL) {
        if (buffer_flush(self) < 0)
            return -1;
        PyMem_Free(self->buffer);
        self->buffer = NULL;
    }
    return 0;
}

static PyObject *
get_buffer_size(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(PARSER(self)->buffer_size);
}

static int
set_buffer_size(PyObject *op, PyObject *value, void *Py_UNUSED(closure))
{
    ParserObject *self = PARSER(op);
    if (attribute_delete(value) < 0)
        return -1;
    if (!PyLong_Check(value)) {
        PyErr_SetString(PyExc_TypeError, "buffer_size must be an integer");
        return -1;
    }
    long size = PyLong_AsLong(value);
    if (size <= 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "buffer_size must be greater than zero");
        return -1;
    }
    if (size > INT_MAX) {
        PyErr_Format(PyExc_ValueError, "buffer_size must not be greater than %i", INT_MAX);
        return -1;
    }
    if (self->buffer != NULL) {
        if (buffer_flush(self) < 0)
            return -1;
        char *buffer = PyMem_Malloc((size_t)size);
        if (buffer == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        PyMem_Free(self->buffer);
        self->buffer = buffer;
    }
    self->buffer_size = (int)size;
    return 0;
}

static PyObject *
get_buffer_used(PyObject *self, void *Py_UNUSED(closure))
{
    return PyLong_FromLong(PARSER(self)->buffer_used);
}

#define FLAG(name) {#name, get_flag, set_flag, NULL, (void *)offsetof(ParserObject, name)}
#define ATTRIBUTE_COUNT 13
/* The rows of the handlers are filled in from handler_names before the type is made. */
static PyGetSetDef parser_getset[ATTRIBUTE_COUNT + HANDLER_COUNT + 1] = {
    {"ErrorCode", get_error_code},
    {"ErrorLineNumber", get_error_line},
    {"ErrorColumnNumber", get_error_column},
    {"ErrorByteIndex", get_error_byte},
    {"CurrentLineNumber", get_line},
    {"CurrentColumnNumber", get_column},
    {"CurrentByteIndex", get_byte},
    {"buffer_size", get_buffer_size, set_buffer_size},
    {"buffer_text", get_buffer_text, set_buffer_text},
    {"buffer_used", get_buffer_used},
    FLAG(namespace_prefixes),
    FLAG(ordered_attributes),
    FLAG(specified_attributes),
};

static PyMemberDef parser_members[] = {
    {"intern", T_OBJECT, offsetof(ParserObject, intern), READONLY, NULL},
    {NULL},
};

static PyMethodDef parser_methods[] = {
    METHOD("Parse", parser_parse, METH_FASTCALL, "($self, data, isfinal=False, /)",
           "Parse a piece of XML; isfinal tells that no more follows."),
    METHOD("ParseFile", parser_parse_file, METH_O, "($self, file, /)", "Parse all that file.read() gives."),
    METHOD("SetBase", parser_set_base, METH_O, "($self, base, /)", "Set the base URL."),
    METHOD("GetBase", parser_get_base, METH_NOARGS, "($self, /)", "The base URL."),
    METHOD("GetInputContext", parser_get_input_context, METH_NOARGS, "($self, /)",
           "In a handler: the text that caused the call."),
    METHOD("ExternalEntityParserCreate", parser_external_entity_parser, METH_VARARGS,
           "($self, context, encoding=<unrepresentable>,\n                           /)",
           "A parser for the text of an external entity."),
    METHOD("SetParamEntityParsing", parser_set_param_entity_parsing, METH_O, "($self, flag, /)",
           "When to parse parameter entities, the external subset included."),
    METHOD("UseForeignDTD", parser_use_foreign_dtd, METH_FASTCALL, "($self, flag=True, /)",
           "Call the ExternalEntityRefHandler for a DTD of the application's choice."),
    {NULL},
};

static PyType_Slot parser_slots[] = {
    {Py_tp_dealloc, parser_dealloc},   {Py_tp_doc, "XML parser"},      {Py_tp_traverse, parser_traverse},
    {Py_tp_clear, parser_clear},       {Py_tp_methods, parser_methods}, {Py_tp_members, parser_members},
    {Py_tp_getset, parser_getset},     {0, NULL},
};

static PyType_Spec parser_spec = {
    .name = "pyexpat.xmlparser",
    .basicsize = sizeof(ParserObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = parser_slots,
};

/* ---- module -------------------------------------------------------------------------------- */

static int
text_argument(PyObject *value, const char *name, const char **text)
{
    if (value == Py_None)
        return 0;
    if (!PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "ParserCreate() argument '%s' must be str or None, not %.50s", name,
                     Py_TYPE(value)->tp_name);
        return -1;
    }
    Py_ssize_t length;
    *text = PyUnicode_AsUTF8AndSize(value, &length);
    if (*text != NULL && strlen(*text) != (size_t)length) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return -1;
    }
    return *text == NULL ? -1 : 0;
}

typedef struct CreateArgs {
    PyObject *encoding, *namespace_separator, *intern;
} CreateArgs;

static const KsParam create_params[] = {
    PARAM(CreateArgs, encoding, ARG_OBJECT, 0),
    PARAM(CreateArgs, namespace_separator, ARG_OBJECT, 0),
    PARAM(CreateArgs, intern, ARG_OBJECT, 0),
    PARAM_END,
};

static PyObject *
expat_parser_create(PyObject *module, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    CreateArgs in = {Py_None, Py_None, NULL};
    const char *encoding = NULL, *separator = NULL;
    if (!ks_args_parse("ParserCreate", create_params, args, nargs, kwnames, &in) ||
        text_argument(in.encoding, "encoding", &encoding) < 0 ||
        text_argument(in.namespace_separator, "namespace_separator", &separator) < 0)
        return NULL;
    if (separator != NULL && strlen(separator) > 1) {
        PyErr_SetString(PyExc_ValueError, "namespace_separator must be at most one character, omitted, or None");
        return NULL;
    }
    KS_OWNED PyObject *intern = NULL;
    if (in.intern == NULL)
        intern = PyDict_New();
    else if (in.intern != Py_None)
        intern = Py_NewRef(in.intern);
    if (in.intern == NULL && intern == NULL)
        return NULL;
    if (intern != NULL && !PyDict_Check(intern)) {
        PyErr_SetString(PyExc_TypeError, "intern must be a dictionary");
        return NULL;
    }
    ParserObject *self = parser_alloc(intern);
    if (self == NULL)
        return NULL;
    static const XML_Memory_Handling_Suite memory = {PyObject_Malloc, PyObject_Realloc, PyObject_Free};
    self->parser = XML_ParserCreate_MM(encoding, &memory, separator);
    if (self->parser == NULL) {
        Py_DECREF(self);
        PyErr_SetString(PyExc_RuntimeError, "XML_ParserCreate failed");
        return NULL;
    }
    parser_start(self);
    PyObject_GC_Track(self);
    return (PyObject *)self;
}

static PyObject *
expat_error_string(PyObject *module, PyObject *code)
{
    long value = PyLong_AsLong(code);
    if (value == -1 && PyErr_Occurred())
        return NULL;
    return Py_BuildValue("z", XML_ErrorString((enum XML_Error)(int)value));
}

static PyMethodDef expat_functions[] = {
    METHOD("ParserCreate", expat_parser_create, METH_FASTCALL | METH_KEYWORDS,
           "($module, /, encoding=None, namespace_separator=None,\n             intern=<unrepresentable>)",
           "A new parser."),
    METHOD("ErrorString", expat_error_string, METH_O, "($module, code, /)", "The text for an error number."),
    {NULL},
};

static struct PyExpat_CAPI expat_capi = {
    .magic = PyExpat_CAPI_MAGIC,
    .size = sizeof(struct PyExpat_CAPI),
    .MAJOR_VERSION = XML_MAJOR_VERSION,
    .MINOR_VERSION = XML_MINOR_VERSION,
    .MICRO_VERSION = XML_MICRO_VERSION,
    .ErrorString = XML_ErrorString,
    .GetErrorCode = XML_GetErrorCode,
    .GetErrorColumnNumber = XML_GetErrorColumnNumber,
    .GetErrorLineNumber = XML_GetErrorLineNumber,
    .Parse = XML_Parse,
    .ParserCreate_MM = XML_ParserCreate_MM,
    .ParserFree = XML_ParserFree,
    .SetCharacterDataHandler = XML_SetCharacterDataHandler,
    .SetCommentHandler = XML_SetCommentHandler,
    .SetDefaultHandlerExpand = XML_SetDefaultHandlerExpand,
    .SetElementHandler = XML_SetElementHandler,
    .SetNamespaceDeclHandler = XML_SetNamespaceDeclHandler,
    .SetProcessingInstructionHandler = XML_SetProcessingInstructionHandler,
    .SetUnknownEncodingHandler = XML_SetUnknownEncodingHandler,
    .SetUserData = XML_SetUserData,
    .SetStartDoctypeDeclHandler = XML_SetStartDoctypeDeclHandler,
    .SetEncoding = XML_SetEncoding,
    .DefaultUnknownEncodingHandler = ks_expat_unknown_encoding,
    .SetHashSalt = XML_SetHashSalt,
};

/* Names of expat's errors from number 1 on. */
static const char *const error_names[] = {
    "NO_MEMORY", "SYNTAX", "NO_ELEMENTS", "INVALID_TOKEN", "UNCLOSED_TOKEN", "PARTIAL_CHAR", "TAG_MISMATCH",
    "DUPLICATE_ATTRIBUTE", "JUNK_AFTER_DOC_ELEMENT", "PARAM_ENTITY_REF", "UNDEFINED_ENTITY", "RECURSIVE_ENTITY_REF",
    "ASYNC_ENTITY", "BAD_CHAR_REF", "BINARY_ENTITY_REF", "ATTRIBUTE_EXTERNAL_ENTITY_REF", "MISPLACED_XML_PI",
    "UNKNOWN_ENCODING", "INCORRECT_ENCODING", "UNCLOSED_CDATA_SECTION", "EXTERNAL_ENTITY_HANDLING", "NOT_STANDALONE",
    "UNEXPECTED_STATE", "ENTITY_DECLARED_IN_PE", "FEATURE_REQUIRES_XML_DTD", "CANT_CHANGE_FEATURE_ONCE_PARSING",
    "UNBOUND_PREFIX", "UNDECLARING_PREFIX", "INCOMPLETE_PE", "XML_DECL", "TEXT_DECL", "PUBLICID", "SUSPENDED",
    "NOT_SUSPENDED", "ABORTED", "FINISHED", "SUSPEND_PE", "RESERVED_PREFIX_XML", "RESERVED_PREFIX_XMLNS",
    "RESERVED_NAMESPACE_URI", "INVALID_ARGUMENT", "NO_BUFFER", "AMPLIFICATION_LIMIT_BREACH",
};

/* A module "pyexpat.name" that is an attribute of ours; borrowed. */
static KS_BORROWED PyObject *
submodule(PyObject *module, const char *full_name, const char *doc)
{
    PyObject *sub = PyImport_AddModule(full_name);
    if (sub == NULL || PyModule_SetDocString(sub, doc) < 0 ||
        PyModule_AddObjectRef(module, strchr(full_name, '.') + 1, sub) < 0)
        return NULL;
    return sub;
}

static int
errors_fill(PyObject *module)
{
    PyObject *errors = submodule(module, "pyexpat.errors", "Constants used to describe error conditions.");
    KS_OWNED PyObject *codes = PyDict_New();
    KS_OWNED PyObject *messages = PyDict_New();
    if (errors == NULL || codes == NULL || messages == NULL)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(error_names); i++) {
        char name[64];
        const char *text = XML_ErrorString((enum XML_Error)(i + 1));
        snprintf(name, sizeof name, "XML_ERROR_%s", error_names[i]);
        KS_OWNED PyObject *message = PyUnicode_FromString(text != NULL ? text : "");
        KS_OWNED PyObject *code = PyLong_FromSize_t(i + 1);
        if (message == NULL || code == NULL || PyModule_AddObjectRef(errors, name, message) < 0 ||
            PyDict_SetItem(codes, message, code) < 0 || PyDict_SetItem(messages, code, message) < 0)
            return -1;
    }
    return PyModule_AddObjectRef(errors, "codes", codes) < 0 || PyModule_AddObjectRef(errors, "messages", messages) < 0
               ? -1
               : 0;
}

static int
model_fill(PyObject *module)
{
    static const struct {
        const char *name;
        int value;
    } numbers[] = {
        {"XML_CTYPE_EMPTY", XML_CTYPE_EMPTY}, {"XML_CTYPE_ANY", XML_CTYPE_ANY},
        {"XML_CTYPE_MIXED", XML_CTYPE_MIXED}, {"XML_CTYPE_NAME", XML_CTYPE_NAME},
        {"XML_CTYPE_CHOICE", XML_CTYPE_CHOICE}, {"XML_CTYPE_SEQ", XML_CTYPE_SEQ},
        {"XML_CQUANT_NONE", XML_CQUANT_NONE}, {"XML_CQUANT_OPT", XML_CQUANT_OPT},
        {"XML_CQUANT_REP", XML_CQUANT_REP},   {"XML_CQUANT_PLUS", XML_CQUANT_PLUS},
    };
    PyObject *model = submodule(module, "pyexpat.model", "Constants used to interpret content model information.");
    if (model == NULL)
        return -1;
    for (size_t i = 0; i < Py_ARRAY_LENGTH(numbers); i++) {
        if (PyModule_AddIntConstant(model, numbers[i].name, numbers[i].value) < 0)
            return -1;
    }
    return 0;
}

static KS_NEW PyObject *
feature_list(void)
{
    const XML_Feature *feature = XML_GetFeatureList();
    KS_OWNED PyObject *list = PyList_New(0);
    for (; list != NULL && feature->feature != XML_FEATURE_END; feature++) {
        KS_OWNED PyObject *row = Py_BuildValue("si", feature->name, (int)feature->value);
        if (row == NULL || PyList_Append(list, row) < 0)
            return NULL;
    }
    return ks_give(&list);
}

static int
expat_exec(PyObject *module)
{
    if (parser_type == NULL) {
        for (int i = 0; i < HANDLER_COUNT; i++)
            parser_getset[ATTRIBUTE_COUNT + i] =
                (PyGetSetDef){handler_names[i], handler_get, handler_set, NULL, (void *)(Py_ssize_t)i};
        parser_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &parser_spec, NULL);
        expat_error = PyErr_NewException("xml.parsers.expat.ExpatError", NULL, NULL);
    }
    if (parser_type == NULL || expat_error == NULL)
        return -1;
    XML_Expat_Version version = XML_ExpatVersionInfo();
    KS_OWNED PyObject *info = Py_BuildValue("(iii)", version.major, version.minor, version.micro);
    KS_OWNED PyObject *features = feature_list();
    KS_OWNED PyObject *capsule = PyCapsule_New(&expat_capi, PyExpat_CAPSULE_NAME, NULL);
    if (info == NULL || features == NULL || capsule == NULL ||
        PyModule_AddObjectRef(module, "error", expat_error) < 0 ||
        PyModule_AddObjectRef(module, "ExpatError", expat_error) < 0 ||
        PyModule_AddObjectRef(module, "XMLParserType", (PyObject *)parser_type) < 0 ||
        PyModule_AddStringConstant(module, "EXPAT_VERSION", XML_ExpatVersion()) < 0 ||
        PyModule_AddObjectRef(module, "version_info", info) < 0 ||
        PyModule_AddStringConstant(module, "native_encoding", "UTF-8") < 0 || errors_fill(module) < 0 ||
        model_fill(module) < 0 || PyModule_AddObjectRef(module, "features", features) < 0 ||
        PyModule_AddObjectRef(module, "expat_CAPI", capsule) < 0)
        return -1;
    return PyModule_AddIntMacro(module, XML_PARAM_ENTITY_PARSING_NEVER) < 0 ||
                   PyModule_AddIntMacro(module, XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE) < 0 ||
                   PyModule_AddIntMacro(module, XML_PARAM_ENTITY_PARSING_ALWAYS) < 0
               ? -1
               : 0;
}

static PyModuleDef_Slot expat_slots[] = {{Py_mod_exec, expat_exec}, {0, NULL}};

static struct PyModuleDef expat_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "pyexpat",
    .m_doc = "Parsing XML with Expat.",
    .m_methods = expat_functions,
    .m_slots = expat_slots,
};

PyMODINIT_FUNC
PyInit_pyexpat(void)
{
    return PyModuleDef_Init(&expat_module);
}
