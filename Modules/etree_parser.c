/* SPDX-License-Identifier: MIT */
/* The type xml.etree.ElementTree.XMLParser: what expat finds becomes calls of a target's methods. A
 * target that is a plain TreeBuilder is driven without Python calls; of any other, the methods are
 * looked up once. An exception in a method does not stop expat, but nothing more is reported until
 * the call that feeds the parser has raised it. */
#include "etree_parts.h"

#include "ks_args.h"
#include "structmember.h"

#include <expat.h>

#include "expat_parts.h"

#define READ_BYTES (64 * 1024)

enum {
    CALL_START, CALL_END, CALL_DATA, CALL_COMMENT, CALL_PI, CALL_START_NS, CALL_END_NS, CALL_DOCTYPE, CALL_CLOSE,
    CALL_COUNT
};

typedef struct Parser {
    PyObject_HEAD
    XML_Parser expat; /* NULL before __init__() */
    PyObject *target, *entity;
    PyObject *builder;           /* the target if it is a plain TreeBuilder (borrowed), or NULL */
    PyObject *calls[CALL_COUNT]; /* methods of any other target, NULL for those that it lacks */
    EtreeNames names;
    int is_running;
} Parser;

#define PARSER(op) ((Parser *)(op))

/* ---- what expat reports --------------------------------------------------------------------- */

static KS_NEW PyObject *
text_decode(const char *text, Py_ssize_t length)
{
    return PyUnicode_DecodeUTF8(text, length, "strict");
}

/* An absent text is an empty one. */
static KS_NEW PyObject *
text_or_empty(const char *text)
{
    return text_decode(text == NULL ? "" : text, text == NULL ? 0 : (Py_ssize_t)strlen(text));
}

/* Calls a method of the target. Arguments are taken over; the last one may be NULL for none, the
 * first is NULL when it could not be made. */
static void
target_call(Parser *self, int which, KS_STEALS PyObject *first, KS_STEALS PyObject *second)
{
    if (first != NULL) {
        KS_OWNED PyObject *method = Py_NewRef(self->calls[which]);
        PyObject *args[] = {first, second};
        KS_OWNED PyObject *result = PyObject_Vectorcall(method, args, second == NULL ? 1 : 2, NULL);
        (void)result;
    }
    Py_XDECREF(first);
    Py_XDECREF(second);
}

/* A new dict of names and values. */
static KS_NEW PyObject *
attributes_dict(Parser *self, const XML_Char **pairs)
{
    KS_OWNED PyObject *attrib = PyDict_New();
    if (attrib == NULL)
        return NULL;
    for (; pairs[0] != NULL; pairs += 2) {
        PyObject *name = ks_etree_name(&self->names, pairs[0]);
        KS_OWNED PyObject *value = name == NULL ? NULL : text_decode(pairs[1], (Py_ssize_t)strlen(pairs[1]));
        if (value == NULL || PyDict_SetItem(attrib, name, value) < 0)
            return NULL;
    }
    return ks_give(&attrib);
}

static void
on_start(void *data, const XML_Char *name, const XML_Char **pairs)
{
    Parser *self = data;
    if (PyErr_Occurred())
        return;
    KS_OWNED PyObject *tag = Py_XNewRef(ks_etree_name(&self->names, name));
    if (tag == NULL)
        return;
    KS_OWNED PyObject *attrib = NULL;
    if ((pairs[0] != NULL || self->builder == NULL) && (attrib = attributes_dict(self, pairs)) == NULL)
        return;
    if (self->builder != NULL) {
        KS_OWNED PyObject *element = ks_etree_builder_start(self->builder, tag, attrib);
        (void)element;
    }
    else if (self->calls[CALL_START] != NULL)
        target_call(self, CALL_START, ks_give(&tag), ks_give(&attrib));
}

static void
on_end(void *data, const XML_Char *name)
{
    Parser *self = data;
    if (PyErr_Occurred())
        return;
    if (self->builder != NULL) {
        KS_OWNED PyObject *element = ks_etree_builder_end(self->builder);
        (void)element;
    }
    else if (self->calls[CALL_END] != NULL)
        target_call(self, CALL_END, Py_XNewRef(ks_etree_name(&self->names, name)), NULL);
}

static void
on_data(void *data, const XML_Char *text, int length)
{
    Parser *self = data;
    if (PyErr_Occurred())
        return;
    if (self->builder != NULL)
        (void)ks_etree_builder_text(self->builder, text, length);
    else if (self->calls[CALL_DATA] != NULL)
        target_call(self, CALL_DATA, text_decode(text, length), NULL);
}

/* Raises ParseError with attributes code and position. */
static void
parse_error(enum XML_Error code, PyObject *what, XML_Size line, XML_Size column)
{
    KS_OWNED PyObject *message = PyUnicode_FromFormat("%U: line %zu, column %zu", what, (size_t)line, (size_t)column);
    KS_OWNED PyObject *error = message == NULL ? NULL : PyObject_CallOneArg(ks_etree.parse_error, message);
    KS_OWNED PyObject *number = PyLong_FromLong(code);
    KS_OWNED PyObject *position = Py_BuildValue("(nn)", (Py_ssize_t)line, (Py_ssize_t)column);
    if (error == NULL || number == NULL || position == NULL
        || PyObject_SetAttr(error, KS_INTERN("code"), number) < 0
        || PyObject_SetAttr(error, KS_INTERN("position"), position) < 0)
        return;
    PyErr_SetObject(ks_etree.parse_error, error);
}

/* A reference to an entity that the document does not define stands in the dict entity, or is an
 * error. All else that has no handler is of no interest. */
static void
on_default(void *data, const XML_Char *text, int length)
{
    Parser *self = data;
    if (length < 2 || text[0] != '&' || PyErr_Occurred())
        return;
    KS_OWNED PyObject *name = text_decode(text + 1, length - 2);
    if (name == NULL)
        return;
    KS_OWNED PyObject *value = Py_XNewRef(PyDict_GetItemWithError(self->entity, name));
    if (value != NULL) {
        if (self->builder != NULL)
            (void)ks_etree_builder_data(self->builder, value);
        else if (self->calls[CALL_DATA] != NULL)
            target_call(self, CALL_DATA, ks_give(&value), NULL);
        return;
    }
    KS_OWNED PyObject *what = PyErr_Occurred() ? NULL : PyUnicode_FromFormat("undefined entity &%U;", name);
    if (what != NULL)
        parse_error(XML_ERROR_UNDEFINED_ENTITY, what, XML_GetErrorLineNumber(self->expat),
                    XML_GetErrorColumnNumber(self->expat));
}

static void
on_start_ns(void *data, const XML_Char *prefix, const XML_Char *uri)
{
    Parser *self = data;
    if (PyErr_Occurred())
        return;
    KS_OWNED PyObject *first = text_or_empty(prefix);
    KS_OWNED PyObject *second = text_or_empty(uri);
    if (first == NULL || second == NULL)
        return;
    if (self->builder != NULL)
        (void)ks_etree_builder_send(self->builder, EVENT_START_NS, PyTuple_Pack(2, first, second));
    else if (self->calls[CALL_START_NS] != NULL)
        target_call(self, CALL_START_NS, ks_give(&first), ks_give(&second));
}

static void
on_end_ns(void *data, const XML_Char *prefix)
{
    Parser *self = data;
    if (PyErr_Occurred())
        return;
    if (self->builder != NULL)
        (void)ks_etree_builder_send(self->builder, EVENT_END_NS, Py_NewRef(Py_None));
    else if (self->calls[CALL_END_NS] != NULL)
        target_call(self, CALL_END_NS, text_or_empty(prefix), NULL);
}

static void
on_comment(void *data, const XML_Char *text)
{
    Parser *self = data;
    if (PyErr_Occurred())
        return;
    if (self->builder != NULL)
        (void)ks_etree_builder_comment(self->builder, text);
    else if (self->calls[CALL_COMMENT] != NULL)
        target_call(self, CALL_COMMENT, text_or_empty(text), NULL);
}

static void
on_pi(void *data, const XML_Char *target, const XML_Char *text)
{
    Parser *self = data;
    if (PyErr_Occurred())
        return;
    if (self->builder != NULL) {
        (void)ks_etree_builder_pi(self->builder, target, text == NULL ? "" : text);
        return;
    }
    KS_OWNED PyObject *content = self->calls[CALL_PI] == NULL ? NULL : text_or_empty(text);
    if (content != NULL)
        target_call(self, CALL_PI, text_or_empty(target), ks_give(&content));
}

static KS_NEW PyObject *
text_or_none(const XML_Char *text)
{
    return text == NULL ? Py_NewRef(Py_None) : text_or_empty(text);
}

static void
on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int has_internal)
{
    Parser *self = data;
    if (PyErr_Occurred())
        return;
    if (self->calls[CALL_DOCTYPE] != NULL) {
        KS_OWNED PyObject *method = Py_NewRef(self->calls[CALL_DOCTYPE]);
        KS_OWNED PyObject *args = Py_BuildValue("(NNN)", text_or_empty(name), text_or_none(public), text_or_none(system));
        KS_OWNED PyObject *result = args == NULL ? NULL : PyObject_CallObject(method, args);
        (void)result;
        return;
    }
    KS_OWNED PyObject *own = NULL;
    if (_PyObject_LookupAttr((PyObject *)self, KS_INTERN("doctype"), &own) > 0)
        (void)PyErr_WarnEx(PyExc_RuntimeWarning,
                           "The doctype() method of XMLParser is ignored.  "
                           "Define doctype() method on the TreeBuilder target.",
                           1);
}

/* ---- lifecycle ------------------------------------------------------------------------------ */

static PyObject *
parser_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    return type->tp_alloc(type, 0);
}

static int
parser_traverse(PyObject *op, visitproc visit, void *arg)
{
    Parser *self = PARSER(op);
    Py_VISIT(self->target);
    Py_VISIT(self->entity);
    for (int i = 0; i < CALL_COUNT; i++)
        Py_VISIT(self->calls[i]);
    return 0;
}

/* Without expat the parser is as before __init__(): the methods refuse to work. */
static int
parser_clear(PyObject *op)
{
    Parser *self = PARSER(op);
    XML_Parser expat = self->expat;
    self->expat = NULL;
    self->builder = NULL;
    if (expat != NULL)
        XML_ParserFree(expat);
    Py_CLEAR(self->target);
    Py_CLEAR(self->entity);
    for (int i = 0; i < CALL_COUNT; i++)
        Py_CLEAR(self->calls[i]);
    return 0;
}

static void
parser_dealloc(PyObject *op)
{
    PyObject_GC_UnTrack(op);
    parser_clear(op);
    ks_etree_names_drop(&PARSER(op)->names);
    Py_TYPE(op)->tp_free(op);
}

/* Looks up what the target can do; attributes that it lacks are no error. */
static int
target_inspect(PyObject *target, PyObject *calls[CALL_COUNT])
{
    static const char *const names[CALL_COUNT]
        = {"start", "end", "data", "comment", "pi", "start_ns", "end_ns", "doctype", "close"};
    for (int i = 0; i < CALL_COUNT; i++) {
        KS_OWNED PyObject *name = PyUnicode_InternFromString(names[i]);
        if (name == NULL || _PyObject_LookupAttr(target, name, &calls[i]) < 0)
            return 0;
    }
    return 1;
}

static void
handlers_set(Parser *self)
{
    XML_Parser expat = self->expat;
    int all = self->builder != NULL;
    XML_SetUserData(expat, self);
    XML_SetElementHandler(expat, on_start, on_end);
    XML_SetDefaultHandlerExpand(expat, on_default);
    XML_SetCharacterDataHandler(expat, on_data);
    XML_SetStartDoctypeDeclHandler(expat, on_doctype);
    XML_SetUnknownEncodingHandler(expat, ks_expat_unknown_encoding, NULL);
    if (self->calls[CALL_START_NS] != NULL || self->calls[CALL_END_NS] != NULL)
        XML_SetNamespaceDeclHandler(expat, on_start_ns, on_end_ns);
    if (all || self->calls[CALL_COMMENT] != NULL)
        XML_SetCommentHandler(expat, on_comment);
    if (all || self->calls[CALL_PI] != NULL)
        XML_SetProcessingInstructionHandler(expat, on_pi);
}

typedef struct ParserArgs {
    PyObject *target;
    const char *encoding;
} ParserArgs;

static const KsParam parser_params[] = {PARAM_KWONLY(ParserArgs, target, ARG_OBJECT, 0),
                                        PARAM_KWONLY(ParserArgs, encoding, ARG_TEXT_OR_NONE, 0), PARAM_END};

static int
parser_is_running(Parser *self)
{
    if (self->is_running)
        PyErr_SetString(PyExc_RuntimeError, "the parser is at work: a method of its target may not use it");
    return self->is_running;
}

static int
parser_init(PyObject *op, PyObject *args, PyObject *kwargs)
{
    static const XML_Memory_Handling_Suite memory = {PyObject_Malloc, PyObject_Realloc, PyObject_Free};
    Parser *self = PARSER(op);
    ParserArgs in = {Py_None, NULL};
    PyObject *calls[CALL_COUNT] = {NULL};
    if (!ks_args_parse_tuple("XMLParser", parser_params, args, kwargs, &in) || parser_is_running(self))
        return -1;
    KS_OWNED PyObject *target = in.target == Py_None ? ks_etree_builder_new() : Py_NewRef(in.target);
    KS_OWNED PyObject *entity = PyDict_New();
    int is_builder = target != NULL && Py_IS_TYPE(target, &ks_etree_builder_type);
    int ready = target != NULL && entity != NULL && (is_builder || target_inspect(target, calls));
    XML_Parser expat = ready ? XML_ParserCreate_MM(in.encoding, &memory, "}") : NULL;
    if (expat == NULL) {
        if (ready)
            PyErr_NoMemory();
        for (int i = 0; i < CALL_COUNT; i++)
            Py_XDECREF(calls[i]);
        return -1;
    }
    XML_SetHashSalt(expat, (unsigned long)_Py_HashSecret.expat.hashsalt);
    parser_clear(op);
    self->expat = expat;
    self->builder = is_builder ? target : NULL;
    self->target = ks_give(&target);
    self->entity = ks_give(&entity);
    memcpy(self->calls, calls, sizeof calls);
    handlers_set(self);
    return 0;
}

/* ---- feeding -------------------------------------------------------------------------------- */

static int
parser_is_ready(Parser *self)
{
    if (self->expat == NULL)
        PyErr_SetString(PyExc_ValueError, "XMLParser.__init__() wasn't called");
    return self->expat != NULL;
}

static int
parser_usable(Parser *self)
{
    return parser_is_ready(self) && !parser_is_running(self);
}

/* Gives bytes to expat; 0 with an exception, a handler's or that of the syntax. */
static int
expat_feed(Parser *self, const char *data, Py_ssize_t length, int is_final)
{
    if (length > INT_MAX) {
        PyErr_SetString(PyExc_OverflowError, "size does not fit in an int");
        return 0;
    }
    /* Handlers may drop the last reference to the parser. */
    KS_OWNED PyObject *kept = Py_NewRef(self);
    self->is_running = 1;
    enum XML_Status status = XML_Parse(self->expat, data, (int)length, is_final);
    self->is_running = 0;
    if (PyErr_Occurred())
        return 0;
    if (status == XML_STATUS_OK)
        return 1;
    enum XML_Error code = XML_GetErrorCode(self->expat);
    const char *text = XML_ErrorString(code);
    KS_OWNED PyObject *what = PyUnicode_FromString(text == NULL ? "unknown error" : text);
    if (what != NULL)
        parse_error(code, what, XML_GetErrorLineNumber(self->expat), XML_GetErrorColumnNumber(self->expat));
    return 0;
}

static PyObject *
parser_feed(PyObject *op, PyObject *data)
{
    Parser *self = PARSER(op);
    if (!parser_usable(self))
        return NULL;
    if (PyUnicode_Check(data)) {
        Py_ssize_t length;
        const char *text = PyUnicode_AsUTF8AndSize(data, &length);
        if (text == NULL)
            return NULL;
        /* What the document says about its encoding does not hold for text. Refused once expat
         * has begun, when it is too late. */
        (void)XML_SetEncoding(self->expat, "utf-8");
        return expat_feed(self, text, length, 0) ? Py_NewRef(Py_None) : NULL;
    }
    Py_buffer view;
    if (PyObject_GetBuffer(data, &view, PyBUF_SIMPLE) < 0)
        return NULL;
    int fed = expat_feed(self, view.buf, view.len, 0);
    PyBuffer_Release(&view);
    return fed ? Py_NewRef(Py_None) : NULL;
}

static PyObject *
parser_close(PyObject *op, PyObject *ignored)
{
    Parser *self = PARSER(op);
    if (!parser_usable(self) || !expat_feed(self, "", 0, 1))
        return NULL;
    if (self->builder != NULL)
        return ks_etree_builder_close(self->builder);
    if (self->calls[CALL_CLOSE] == NULL)
        Py_RETURN_NONE;
    KS_OWNED PyObject *method = Py_NewRef(self->calls[CALL_CLOSE]);
    return PyObject_CallNoArgs(method);
}

/* The next bytes of a file; text is encoded. NULL without an exception at the end. */
static KS_NEW PyObject *
file_read(PyObject *read, PyObject *size)
{
    KS_OWNED PyObject *data = PyObject_CallOneArg(read, size);
    if (data == NULL)
        return NULL;
    if (PyUnicode_CheckExact(data)) {
        PyObject *bytes = PyUnicode_GET_LENGTH(data) == 0 ? NULL : PyUnicode_AsEncodedString(data, "utf-8", "surrogatepass");
        Py_SETREF(data, bytes == NULL ? Py_NewRef(Py_None) : bytes);
        if (PyErr_Occurred())
            return NULL;
    }
    return PyBytes_CheckExact(data) && PyBytes_GET_SIZE(data) > 0 ? ks_give(&data) : NULL;
}

/* Reads a file to its end and returns the root of the tree. */
static PyObject *
parser_parse_whole(PyObject *op, PyObject *file)
{
    Parser *self = PARSER(op);
    if (!parser_usable(self))
        return NULL;
    KS_OWNED PyObject *read = PyObject_GetAttr(file, KS_INTERN("read"));
    KS_OWNED PyObject *size = read == NULL ? NULL : PyLong_FromLong(READ_BYTES);
    if (size == NULL)
        return NULL;
    for (;;) {
        KS_OWNED PyObject *data = file_read(read, size);
        if (data == NULL)
            break;
        /* read() is Python code as well. */
        if (!parser_usable(self) || !expat_feed(self, PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), 0))
            return NULL;
    }
    if (PyErr_Occurred() || !parser_usable(self) || !expat_feed(self, "", 0, 1))
        return NULL;
    return self->builder == NULL ? Py_NewRef(Py_None) : ks_etree_builder_close(self->builder);
}

/* ---- events --------------------------------------------------------------------------------- */

static const char *const event_names[ETREE_EVENTS] = {"start", "end", "start-ns", "end-ns", "comment", "pi"};

/* One entry of a sequence of events; 0 with an exception. */
static int
event_want(Parser *self, PyObject *name)
{
    const char *text = NULL;
    int event = 0;
    if (PyUnicode_Check(name)) {
        text = PyUnicode_AsUTF8(name);
        if (text == NULL && !PyErr_ExceptionMatches(PyExc_UnicodeError))
            return 0;
    }
    else if (PyBytes_Check(name))
        text = PyBytes_AS_STRING(name);
    if (text == NULL) {
        PyErr_SetString(PyExc_ValueError, "invalid events sequence");
        return 0;
    }
    while (event < ETREE_EVENTS && strcmp(text, event_names[event]) != 0)
        event++;
    if (event == ETREE_EVENTS) {
        PyErr_Format(PyExc_ValueError, "unknown event '%s'", text);
        return 0;
    }
    ks_etree_builder_want(self->builder, event, name);
    if (event == EVENT_START_NS)
        XML_SetStartNamespaceDeclHandler(self->expat, on_start_ns);
    if (event == EVENT_END_NS)
        XML_SetEndNamespaceDeclHandler(self->expat, on_end_ns);
    return 1;
}

static PyObject *
parser_setevents(PyObject *op, PyObject *const *args, Py_ssize_t nargs)
{
    Parser *self = PARSER(op);
    if (!ks_args_count("_setevents", nargs, 1, 2) || !parser_is_ready(self))
        return NULL;
    if (self->builder == NULL) {
        PyErr_SetString(PyExc_TypeError, "event handling only supported for ElementTree.TreeBuilder targets");
        return NULL;
    }
    KS_OWNED PyObject *kept = Py_NewRef(self->builder);
    KS_OWNED PyObject *append = PyObject_GetAttr(args[0], KS_INTERN("append"));
    if (append == NULL)
        return NULL;
    ks_etree_builder_listen(kept, append);
    if (nargs < 2 || args[1] == Py_None) {
        ks_etree_builder_want(kept, EVENT_END, KS_INTERN("end"));
        Py_RETURN_NONE;
    }
    KS_OWNED PyObject *events = PySequence_Fast(args[1], "events must be a sequence");
    for (Py_ssize_t i = 0; events != NULL && i < PySequence_Fast_GET_SIZE(events); i++) {
        KS_OWNED PyObject *name = Py_NewRef(PySequence_Fast_GET_ITEM(events, i));
        if (self->builder != kept || !event_want(self, name))
            return NULL;
    }
    return events == NULL ? NULL : Py_NewRef(Py_None);
}

/* ---- members -------------------------------------------------------------------------------- */

static PyObject *
parser_version(PyObject *self, void *ignored)
{
    XML_Expat_Version version = XML_ExpatVersionInfo();
    return PyUnicode_FromFormat("Expat %d.%d.%d", version.major, version.minor, version.micro);
}

static PyGetSetDef parser_getset[] = {
    {"version", parser_version, NULL, "The version of the parser library.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyMemberDef parser_members[] = {
    {"entity", T_OBJECT, offsetof(Parser, entity), READONLY, "Texts of entities that documents do not define."},
    {"target", T_OBJECT, offsetof(Parser, target), READONLY, "The object whose methods are called."},
    {NULL, 0, 0, 0, NULL},
};

static PyMethodDef parser_methods[] = {
    METHOD("feed", parser_feed, METH_O, "($self, data, /)", "Parse the next part of a document."),
    METHOD("close", parser_close, METH_NOARGS, "($self, /)", "End the document and return what the target made of it."),
    METHOD("_parse_whole", parser_parse_whole, METH_O, "($self, file, /)", "Parse all that a file has."),
    METHOD("_setevents", parser_setevents, METH_FASTCALL, "($self, events_queue, events_to_report=None, /)",
           "Append pairs of event and element to a queue."),
    {NULL, NULL, 0, NULL},
};

PyTypeObject ks_etree_parser_type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "xml.etree.ElementTree.XMLParser",
    .tp_basicsize = sizeof(Parser),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_new = parser_new,
    .tp_init = parser_init,
    .tp_alloc = PyType_GenericAlloc,
    .tp_dealloc = parser_dealloc,
    .tp_free = PyObject_GC_Del,
    .tp_traverse = parser_traverse,
    .tp_clear = parser_clear,
    .tp_getset = parser_getset,
    .tp_members = parser_members,
    .tp_methods = parser_methods,
};
