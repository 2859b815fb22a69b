/* SPDX-License-Identifier: MIT */
/* Heap types from a PyType_Spec, and what can be asked about such types: slots, module, state.
 *
 * Slot numbers are part of the stable ABI; slot_fields maps them to the fields of a heap type.
 * Strings of the spec are copied, since a spec may live on the caller's stack. */
#include "Python.h"
#include "structmember.h"
#include "pycore_global_strings.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "ks_type.h"

/* ---- slot numbers ---- */

#define FIELD(field) {(short)offsetof(PyHeapTypeObject, field), -1}
/* In a sub-table: the pointer to it in the type, the field within it. */
#define SUBFIELD(pointer, table, field) \
    {(short)offsetof(PyTypeObject, pointer), (short)offsetof(table, field)}
#define BUFFER(field) SUBFIELD(tp_as_buffer, PyBufferProcs, field)
#define MAPPING(field) SUBFIELD(tp_as_mapping, PyMappingMethods, field)
#define NUMBER(field) SUBFIELD(tp_as_number, PyNumberMethods, field)
#define SEQUENCE(field) SUBFIELD(tp_as_sequence, PySequenceMethods, field)
#define ASYNC(field) SUBFIELD(tp_as_async, PyAsyncMethods, field)
#define TYPE(field) {(short)offsetof(PyTypeObject, field), -1}

/* Numbers that limited APIs after 3.11 added. */
#define KS_tp_vectorcall 82
#define KS_tp_token 83

static const struct {
    short offset;    /* in the type */
    short suboffset; /* in the table that the type points to there, or -1 */
} slot_fields[] = {
    [Py_bf_getbuffer] = BUFFER(bf_getbuffer),
    [Py_bf_releasebuffer] = BUFFER(bf_releasebuffer),
    [Py_mp_ass_subscript] = MAPPING(mp_ass_subscript),
    [Py_mp_length] = MAPPING(mp_length),
    [Py_mp_subscript] = MAPPING(mp_subscript),
    [Py_nb_absolute] = NUMBER(nb_absolute),
    [Py_nb_add] = NUMBER(nb_add),
    [Py_nb_and] = NUMBER(nb_and),
    [Py_nb_bool] = NUMBER(nb_bool),
    [Py_nb_divmod] = NUMBER(nb_divmod),
    [Py_nb_float] = NUMBER(nb_float),
    [Py_nb_floor_divide] = NUMBER(nb_floor_divide),
    [Py_nb_index] = NUMBER(nb_index),
    [Py_nb_inplace_add] = NUMBER(nb_inplace_add),
    [Py_nb_inplace_and] = NUMBER(nb_inplace_and),
    [Py_nb_inplace_floor_divide] = NUMBER(nb_inplace_floor_divide),
    [Py_nb_inplace_lshift] = NUMBER(nb_inplace_lshift),
    [Py_nb_inplace_multiply] = NUMBER(nb_inplace_multiply),
    [Py_nb_inplace_or] = NUMBER(nb_inplace_or),
    [Py_nb_inplace_power] = NUMBER(nb_inplace_power),
    [Py_nb_inplace_remainder] = NUMBER(nb_inplace_remainder),
    [Py_nb_inplace_rshift] = NUMBER(nb_inplace_rshift),
    [Py_nb_inplace_subtract] = NUMBER(nb_inplace_subtract),
    [Py_nb_inplace_true_divide] = NUMBER(nb_inplace_true_divide),
    [Py_nb_inplace_xor] = NUMBER(nb_inplace_xor),
    [Py_nb_int] = NUMBER(nb_int),
    [Py_nb_invert] = NUMBER(nb_invert),
    [Py_nb_lshift] = NUMBER(nb_lshift),
    [Py_nb_multiply] = NUMBER(nb_multiply),
    [Py_nb_negative] = NUMBER(nb_negative),
    [Py_nb_or] = NUMBER(nb_or),
    [Py_nb_positive] = NUMBER(nb_positive),
    [Py_nb_power] = NUMBER(nb_power),
    [Py_nb_remainder] = NUMBER(nb_remainder),
    [Py_nb_rshift] = NUMBER(nb_rshift),
    [Py_nb_subtract] = NUMBER(nb_subtract),
    [Py_nb_true_divide] = NUMBER(nb_true_divide),
    [Py_nb_xor] = NUMBER(nb_xor),
    [Py_sq_ass_item] = SEQUENCE(sq_ass_item),
    [Py_sq_concat] = SEQUENCE(sq_concat),
    [Py_sq_contains] = SEQUENCE(sq_contains),
    [Py_sq_inplace_concat] = SEQUENCE(sq_inplace_concat),
    [Py_sq_inplace_repeat] = SEQUENCE(sq_inplace_repeat),
    [Py_sq_item] = SEQUENCE(sq_item),
    [Py_sq_length] = SEQUENCE(sq_length),
    [Py_sq_repeat] = SEQUENCE(sq_repeat),
    [Py_tp_alloc] = TYPE(tp_alloc),
    [Py_tp_base] = TYPE(tp_base),
    [Py_tp_bases] = TYPE(tp_bases),
    [Py_tp_call] = TYPE(tp_call),
    [Py_tp_clear] = TYPE(tp_clear),
    [Py_tp_dealloc] = TYPE(tp_dealloc),
    [Py_tp_del] = TYPE(tp_del),
    [Py_tp_descr_get] = TYPE(tp_descr_get),
    [Py_tp_descr_set] = TYPE(tp_descr_set),
    [Py_tp_doc] = TYPE(tp_doc),
    [Py_tp_getattr] = TYPE(tp_getattr),
    [Py_tp_getattro] = TYPE(tp_getattro),
    [Py_tp_hash] = TYPE(tp_hash),
    [Py_tp_init] = TYPE(tp_init),
    [Py_tp_is_gc] = TYPE(tp_is_gc),
    [Py_tp_iter] = TYPE(tp_iter),
    [Py_tp_iternext] = TYPE(tp_iternext),
    [Py_tp_methods] = TYPE(tp_methods),
    [Py_tp_new] = TYPE(tp_new),
    [Py_tp_repr] = TYPE(tp_repr),
    [Py_tp_richcompare] = TYPE(tp_richcompare),
    [Py_tp_setattr] = TYPE(tp_setattr),
    [Py_tp_setattro] = TYPE(tp_setattro),
    [Py_tp_str] = TYPE(tp_str),
    [Py_tp_traverse] = TYPE(tp_traverse),
    [Py_tp_members] = TYPE(tp_members),
    [Py_tp_getset] = TYPE(tp_getset),
    [Py_tp_free] = TYPE(tp_free),
    [Py_nb_matrix_multiply] = NUMBER(nb_matrix_multiply),
    [Py_nb_inplace_matrix_multiply] = NUMBER(nb_inplace_matrix_multiply),
    [Py_am_await] = ASYNC(am_await),
    [Py_am_aiter] = ASYNC(am_aiter),
    [Py_am_anext] = ASYNC(am_anext),
    [Py_tp_finalize] = TYPE(tp_finalize),
    [Py_am_send] = ASYNC(am_send),
    [KS_tp_vectorcall] = TYPE(tp_vectorcall),
};

/* Address of the field for a slot number; NULL if the type lacks the table. */
static void **
spec_field(PyTypeObject *type, int slot)
{
    char *place = (char *)type + slot_fields[slot].offset;
    if (slot_fields[slot].suboffset >= 0) {
        place = *(char **)place;
        if (place == NULL)
            return NULL;
        place += slot_fields[slot].suboffset;
    }
    return (void **)place;
}

void *
PyType_GetSlot(PyTypeObject *type, int slot)
{
    if (slot <= 0 || slot >= (int)KS_COUNT_OF(slot_fields)) {
        PyErr_BadInternalCall();
        return NULL;
    }
    void **field = spec_field(type, slot);
    return field == NULL ? NULL : *field;
}

/* ---- from a spec ---- */

#define KS_TPFLAGS_ITEMS_AT_END (1UL << 23) /* limited API 3.12 */
#define KS_RELATIVE_OFFSET 8                /* member flag of limited API 3.12 */
#define KS_ALIGNMENT 16

static size_t
round_up(size_t size)
{
    return (size + KS_ALIGNMENT - 1) & ~(size_t)(KS_ALIGNMENT - 1);
}

/* What a spec says besides plain function slots. */
typedef struct SpecPlan {
    const PyType_Spec *spec;
    PyTypeObject *metatype;
    PyObject *bases;       /* owned */
    PyTypeObject *base;    /* borrowed */
    PyMemberDef *members;  /* NULL if none */
    Py_ssize_t member_count;
    Py_ssize_t weaklist_offset, dict_offset, vectorcall_offset; /* 0 if not given */
    Py_ssize_t basicsize, data_offset; /* data_offset: where relative members count from */
} SpecPlan;

/* Members with these names set offsets of the type instead of becoming attributes only. */
static int
plan_members(SpecPlan *plan, PyMemberDef *members)
{
    static const struct {
        const char *name;
        size_t field;
    } special[] = {
        {"__weaklistoffset__", offsetof(SpecPlan, weaklist_offset)},
        {"__dictoffset__", offsetof(SpecPlan, dict_offset)},
        {"__vectorcalloffset__", offsetof(SpecPlan, vectorcall_offset)},
    };
    plan->members = members;
    for (PyMemberDef *member = members; member->name != NULL; member++) {
        plan->member_count++;
        for (Py_ssize_t i = 0; i < KS_COUNT_OF(special); i++) {
            if (strcmp(member->name, special[i].name) == 0)
                *(Py_ssize_t *)((char *)plan + special[i].field) = member->offset;
        }
    }
    return 0;
}

static int
plan_scan(SpecPlan *plan)
{
    for (const PyType_Slot *slot = plan->spec->slots; slot->slot != 0; slot++) {
        if (slot->slot < 0 || slot->slot > KS_tp_token) {
            PyErr_SetString(PyExc_RuntimeError, "invalid slot offset");
            return -1;
        }
        if (slot->slot == Py_tp_members && plan_members(plan, slot->pfunc) < 0)
            return -1;
    }
    return 0;
}

/* bases: a tuple, one type, or NULL for what the spec says. */
static int
plan_bases(SpecPlan *plan, PyObject *bases)
{
    if (bases == NULL) {
        PyTypeObject *base = &PyBaseObject_Type;
        for (const PyType_Slot *slot = plan->spec->slots; slot->slot != 0; slot++) {
            if (slot->slot == Py_tp_base)
                base = slot->pfunc;
            else if (slot->slot == Py_tp_bases)
                bases = slot->pfunc;
        }
        if (bases == NULL) {
            plan->bases = PyTuple_Pack(1, base);
        }
        else if (!PyTuple_Check(bases)) {
            PyErr_SetString(PyExc_SystemError, "Py_tp_bases is not a tuple");
            return -1;
        }
        else {
            plan->bases = Py_NewRef(bases);
        }
    }
    else {
        plan->bases = PyTuple_Check(bases) ? Py_NewRef(bases) : PyTuple_Pack(1, bases);
    }
    if (plan->bases == NULL)
        return -1;
    plan->base = ks_type_best_base(plan->bases);
    return plan->base == NULL ? -1 : 0;
}

static int
plan_size(SpecPlan *plan)
{
    Py_ssize_t size = plan->spec->basicsize;
    if (size < 0) {
        /* Limited API 3.12: that many bytes of its own behind whatever the base has. */
        plan->data_offset = (Py_ssize_t)round_up((size_t)plan->base->tp_basicsize);
        plan->basicsize = plan->data_offset + (Py_ssize_t)round_up((size_t)-size);
        return 0;
    }
    plan->basicsize = size;
    return 0;
}

/* A copy of a C string that the type keeps. free_with is PyMem_Free or PyObject_Free. */
static char *
text_copy(const char *text, void *(*allocate)(size_t))
{
    size_t size = strlen(text) + 1;
    char *copy = allocate(size);
    if (copy == NULL)
        PyErr_NoMemory();
    else
        memcpy(copy, text, size);
    return copy;
}

static int
spec_set_names(PyTypeObject *type, const char *full_name)
{
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    heap->_ht_tpname = text_copy(full_name, PyMem_Malloc);
    if (heap->_ht_tpname == NULL)
        return -1;
    type->tp_name = heap->_ht_tpname;
    const char *dot = strrchr(full_name, '.');
    heap->ht_name = PyUnicode_FromString(dot == NULL ? full_name : dot + 1);
    if (heap->ht_name == NULL)
        return -1;
    heap->ht_qualname = Py_NewRef(heap->ht_name);
    return 0;
}

static int
spec_copy_members(PyTypeObject *type, SpecPlan *plan)
{
    if (plan->member_count == 0)
        return 0;
    PyMemberDef *own = _PyHeapType_GET_MEMBERS((PyHeapTypeObject *)type);
    memcpy(own, plan->members, (size_t)plan->member_count * sizeof(PyMemberDef));
    type->tp_members = own;
    for (Py_ssize_t i = 0; i < plan->member_count; i++) {
        if (own[i].flags & KS_RELATIVE_OFFSET) {
            own[i].flags &= ~KS_RELATIVE_OFFSET;
            own[i].offset += plan->data_offset;
        }
    }
    return 0;
}

/* Tokens (limited API 3.14) identify types. 3.11's struct has no field for them; tp_cache, which
 * nothing else uses, holds the address as an int. NULL stands for the spec's own address. */
static int
spec_set_token(PyTypeObject *type, void *token)
{
    type->tp_cache = PyLong_FromVoidPtr(token);
    return type->tp_cache == NULL ? -1 : 0;
}

void *
ks_type_token(PyTypeObject *type)
{
    if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE) || type->tp_cache == NULL ||
        !PyLong_Check(type->tp_cache))
        return NULL;
    return PyLong_AsVoidPtr(type->tp_cache);
}

static int
spec_copy_slots(PyTypeObject *type, SpecPlan *plan)
{
    for (const PyType_Slot *slot = plan->spec->slots; slot->slot != 0; slot++) {
        switch (slot->slot) {
        case Py_tp_base:
        case Py_tp_bases:
            break;
        case KS_tp_token:
            if (spec_set_token(type, slot->pfunc != NULL ? slot->pfunc : (void *)plan->spec) < 0)
                return -1;
            break;
        case Py_tp_doc:
            if (slot->pfunc != NULL) {
                type->tp_doc = text_copy(slot->pfunc, PyObject_Malloc);
                if (type->tp_doc == NULL)
                    return -1;
            }
            break;
        case Py_tp_members:
            if (spec_copy_members(type, plan) < 0)
                return -1;
            break;
        default:
            *spec_field(type, slot->slot) = slot->pfunc;
        }
    }
    return 0;
}

/* The members that only told offsets of dict and weak references do not become attributes. */
static int
spec_drop_offset_members(PyTypeObject *type, SpecPlan *plan)
{
    if (plan->weaklist_offset != 0 &&
        PyDict_DelItemString(type->tp_dict, "__weaklistoffset__") < 0)
        return -1;
    if (plan->dict_offset != 0 && PyDict_DelItemString(type->tp_dict, "__dictoffset__") < 0)
        return -1;
    return 0;
}

/* __module__ is what stands before the last dot of the name. */
static int
spec_set_module(PyTypeObject *type, const char *full_name)
{
    const char *dot = strrchr(full_name, '.');
    if (dot == NULL)
        return PyErr_WarnFormat(PyExc_DeprecationWarning, 1,
                                "builtin type %.200s has no __module__ attribute", full_name);
    int present = PyDict_Contains(type->tp_dict, &_Py_ID(__module__));
    if (present != 0)
        return present < 0 ? -1 : 0;
    KS_OWNED PyObject *name = PyUnicode_FromStringAndSize(full_name, dot - full_name);
    return name == NULL ? -1 : PyDict_SetItem(type->tp_dict, &_Py_ID(__module__), name);
}

static KS_NEW PyTypeObject *
spec_build(SpecPlan *plan, PyObject *module)
{
    PyTypeObject *type =
        (PyTypeObject *)plan->metatype->tp_alloc(plan->metatype, plan->member_count);
    if (type == NULL)
        return NULL;
    PyHeapTypeObject *heap = (PyHeapTypeObject *)type;
    type->tp_flags = plan->spec->flags | Py_TPFLAGS_HEAPTYPE;
    type->tp_as_async = &heap->as_async;
    type->tp_as_number = &heap->as_number;
    type->tp_as_sequence = &heap->as_sequence;
    type->tp_as_mapping = &heap->as_mapping;
    type->tp_as_buffer = &heap->as_buffer;
    type->tp_bases = Py_NewRef(plan->bases);
    type->tp_base = (PyTypeObject *)Py_NewRef(plan->base);
    type->tp_basicsize = plan->basicsize;
    type->tp_itemsize = plan->spec->itemsize;
    heap->ht_module = Py_XNewRef(module);
    if (spec_set_names(type, plan->spec->name) < 0 || spec_copy_slots(type, plan) < 0)
        goto failed;
    /* The class's part of an instance is ours to free, whatever the base does. */
    if (type->tp_dealloc == NULL)
        type->tp_dealloc = ks_instance_dealloc;
    if (plan->vectorcall_offset != 0)
        type->tp_vectorcall_offset = plan->vectorcall_offset;
    if (plan->weaklist_offset != 0)
        type->tp_weaklistoffset = plan->weaklist_offset;
    if (plan->dict_offset != 0)
        type->tp_dictoffset = plan->dict_offset;
    if (PyType_Ready(type) < 0 || spec_drop_offset_members(type, plan) < 0 ||
        spec_set_module(type, plan->spec->name) < 0)
        goto failed;
    return type;
failed:
    Py_DECREF(type);
    return NULL;
}

/* metatype NULL: `type` for the older functions, or with derive the most derived metaclass. */
static PyObject *
type_from_spec(PyTypeObject *metatype, int derive, PyObject *module, const PyType_Spec *spec,
               PyObject *bases)
{
    SpecPlan plan = {.spec = spec};
    PyTypeObject *type = NULL;
    if (spec->name == NULL) {
        PyErr_SetString(PyExc_SystemError, "Type spec does not define the name field.");
        return NULL;
    }
    if (plan_scan(&plan) < 0 || plan_bases(&plan, bases) < 0 || plan_size(&plan) < 0)
        goto done;
    plan.metatype = metatype != NULL ? metatype : &PyType_Type;
    if (derive) {
        plan.metatype = _PyType_CalculateMetaclass(plan.metatype, plan.bases);
        if (plan.metatype == NULL)
            goto done;
        if (!PyType_Check(plan.metatype) && !PyType_IsSubtype(plan.metatype, &PyType_Type)) {
            PyErr_Format(PyExc_TypeError, "Metaclass '%R' is not a subclass of 'type'.",
                         plan.metatype);
            goto done;
        }
        if (plan.metatype->tp_new != NULL && plan.metatype->tp_new != PyType_Type.tp_new) {
            PyErr_SetString(PyExc_TypeError,
                            "Metaclasses with custom tp_new are not supported.");
            goto done;
        }
    }
    type = spec_build(&plan, module);
done:
    Py_XDECREF(plan.bases);
    return (PyObject *)type;
}

PyObject *
PyType_FromModuleAndSpec(PyObject *module, PyType_Spec *spec, PyObject *bases)
{
    return type_from_spec(NULL, 0, module, spec, bases);
}

PyObject *
PyType_FromSpecWithBases(PyType_Spec *spec, PyObject *bases)
{
    return type_from_spec(NULL, 0, NULL, spec, bases);
}

PyObject *
PyType_FromSpec(PyType_Spec *spec)
{
    return type_from_spec(NULL, 0, NULL, spec, NULL);
}

PyAPI_FUNC(PyObject *)
PyType_FromMetaclass(PyTypeObject *metatype, PyObject *module, PyType_Spec *spec,
                     PyObject *bases);

/* Limited API 3.12. */
PyObject *
PyType_FromMetaclass(PyTypeObject *metatype, PyObject *module, PyType_Spec *spec, PyObject *bases)
{
    return type_from_spec(metatype, 1, module, spec, bases);
}

/* ---- module and state ---- */

/* Borrowed. TypeError if the type was not made with a module. */
PyObject *
PyType_GetModule(PyTypeObject *type)
{
    if (!_PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE)) {
        PyErr_Format(PyExc_TypeError,
                     "PyType_GetModule: Type '%s' is not a heap type", type->tp_name);
        return NULL;
    }
    PyObject *module = ((PyHeapTypeObject *)type)->ht_module;
    if (module == NULL)
        PyErr_Format(PyExc_TypeError, "PyType_GetModule: Type '%s' has no associated module",
                     type->tp_name);
    return module;
}

void *
PyType_GetModuleState(PyTypeObject *type)
{
    PyObject *module = PyType_GetModule(type);
    return module == NULL ? NULL : _PyModule_GetState(module);
}

/* The module of the first ancestor that was made by a module of this definition. Borrowed. */
PyObject *
PyType_GetModuleByDef(PyTypeObject *type, PyModuleDef *def)
{
    PyObject *mro = type->tp_mro;
    if (_PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) && mro != NULL) {
        for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(mro); i++) {
            PyTypeObject *base = (PyTypeObject *)PyTuple_GET_ITEM(mro, i);
            if (!_PyType_HasFeature(base, Py_TPFLAGS_HEAPTYPE))
                continue;
            PyObject *module = ((PyHeapTypeObject *)base)->ht_module;
            if (module != NULL && _PyModule_GetDef(module) == def)
                return module;
        }
    }
    PyErr_Format(PyExc_TypeError,
                 "PyType_GetModuleByDef: No superclass of '%s' has the given module",
                 type->tp_name);
    return NULL;
}
