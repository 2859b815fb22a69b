/* SPDX-License-Identifier: MIT */
/* Specialisation of attributes, methods and globals.
 *
 * What a type says about a name is valid as long as its version tag stands; what a dict's keys say,
 * as long as the keys' version does. Objects put into caches are borrowed: the versions guarantee
 * that they are still where they were found. */
#include "Python.h"
#include "structmember.h"

#include "opcode.h"
#include "pycore_code.h"
#include "pycore_dict.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"

#include "ks_specialize.h"

/* What a type has under a name, as far as instances are concerned. */
typedef enum DescrKind {
    DESCR_ABSENT,
    DESCR_INSTANCE_FIRST, /* not a data descriptor: the instance's own attribute wins */
    DESCR_METHOD,         /* the same, and binds like a function */
    DESCR_SLOT,           /* a member that holds an object */
    DESCR_CLASS,          /* object's __class__, asked for */
    DESCR_OTHER,          /* anything that must be asked */
} DescrKind;

static DescrKind
descr_kind(PyTypeObject *type, PyObject *name, PyObject **descr, int store)
{
    *descr = NULL;
    if (store ? type->tp_setattro != PyObject_GenericSetAttr
              : type->tp_getattro != PyObject_GenericGetAttr)
        return DESCR_OTHER;
    *descr = _PyType_Lookup(type, name);
    if (*descr == NULL)
        return DESCR_ABSENT;
    PyTypeObject *kind = Py_TYPE(*descr);
    /* A descriptor of a class that may change could become a data descriptor. */
    if (!(kind->tp_flags & Py_TPFLAGS_IMMUTABLETYPE))
        return DESCR_OTHER;
    if (kind->tp_descr_set != NULL) {
        if (!store && name == &_Py_ID(__class__) && kind == &PyGetSetDescr_Type &&
            PyDescr_TYPE(*descr) == &PyBaseObject_Type)
            return DESCR_CLASS;
        if (kind != &PyMemberDescr_Type)
            return DESCR_OTHER;
        PyMemberDef *member = ((PyMemberDescrObject *)*descr)->d_member;
        return member->type == T_OBJECT_EX ? DESCR_SLOT : DESCR_OTHER;
    }
    if (kind->tp_flags & Py_TPFLAGS_METHOD_DESCRIPTOR)
        return DESCR_METHOD;
    return DESCR_INSTANCE_FIRST;
}

/* The cached forms need a version; looking up the name has made one if it was possible. */
static int
has_version(PyTypeObject *type)
{
    return (type->tp_flags & Py_TPFLAGS_VALID_VERSION_TAG) && type->tp_version_tag != 0;
}

/* ---- modules ---- */

/* The place of name in a module's dict: index and keys version; 0 if it cannot be cached. */
static int
module_place(PyObject *module, PyObject *name, Py_ssize_t *index, uint32_t *version)
{
    PyDictObject *dict = (PyDictObject *)((PyModuleObject *)module)->md_dict;
    if (dict == NULL || !DK_IS_UNICODE(dict->ma_keys) || dict->ma_values != NULL)
        return 0;
    *index = _PyDictKeys_StringLookup(dict->ma_keys, name);
    if (*index < 0 || *index > UINT16_MAX)
        return 0;
    *version = _PyDictKeys_GetVersionForCurrentState(dict->ma_keys);
    return *version != 0;
}

/* ---- LOAD_ATTR and STORE_ATTR ---- */

/* An attribute in the instance itself: an array of values, or a dict. */
static int
specialise_own(PyObject *owner, _Py_CODEUNIT *instr, PyObject *name, int values_form,
               int hint_form)
{
    PyTypeObject *type = Py_TYPE(owner);
    _PyAttrCache *cache = (_PyAttrCache *)(instr + 1);
    if (!(type->tp_flags & Py_TPFLAGS_MANAGED_DICT) || !has_version(type))
        return ks_specialise_fail(instr);
    Py_ssize_t index;
    int form;
    if (*_PyObject_ValuesPointer(owner) != NULL) {
        PyDictKeysObject *keys = ((PyHeapTypeObject *)type)->ht_cached_keys;
        index = _PyDictKeys_StringLookup(keys, name);
        form = values_form;
    }
    else {
        PyDictObject *dict = *(PyDictObject **)_PyObject_ManagedDictPointer(owner);
        if (dict == NULL || !PyDict_CheckExact(dict))
            return ks_specialise_fail(instr);
        PyObject *value = NULL;
        index = _PyDict_GetItemHint(dict, name, -1, &value);
        form = hint_form;
        if (index == DKIX_ERROR)
            PyErr_Clear();
    }
    if (index < 0 || index > UINT16_MAX)
        return ks_specialise_fail(instr);
    cache->index = (uint16_t)index;
    write_u32(cache->version, type->tp_version_tag);
    return ks_specialise_to(instr, form);
}

static int
specialise_slot(PyObject *owner, _Py_CODEUNIT *instr, PyObject *descr, int forbidden, int form)
{
    PyTypeObject *type = Py_TYPE(owner);
    PyMemberDef *member = ((PyMemberDescrObject *)descr)->d_member;
    _PyAttrCache *cache = (_PyAttrCache *)(instr + 1);
    /* A member of another class raises when applied to this object. */
    if (!PyObject_TypeCheck(owner, ((PyMemberDescrObject *)descr)->d_common.d_type) ||
        (member->flags & forbidden) || member->offset > UINT16_MAX || member->offset < 0 ||
        !has_version(type))
        return ks_specialise_fail(instr);
    cache->index = (uint16_t)member->offset;
    write_u32(cache->version, type->tp_version_tag);
    return ks_specialise_to(instr, form);
}

/* object.__class__: the type is a slot every object has. */
static int
specialise_class(PyObject *owner, _Py_CODEUNIT *instr)
{
    _PyAttrCache *cache = (_PyAttrCache *)(instr + 1);
    if (!has_version(Py_TYPE(owner)))
        return ks_specialise_fail(instr);
    cache->index = offsetof(PyObject, ob_type);
    write_u32(cache->version, Py_TYPE(owner)->tp_version_tag);
    return ks_specialise_to(instr, LOAD_ATTR_SLOT);
}

int
_Py_Specialize_LoadAttr(PyObject *owner, _Py_CODEUNIT *instr, PyObject *name)
{
    if (PyModule_CheckExact(owner)) {
        Py_ssize_t index;
        uint32_t version;
        if (!module_place(owner, name, &index, &version))
            return ks_specialise_fail(instr);
        _PyAttrCache *cache = (_PyAttrCache *)(instr + 1);
        cache->index = (uint16_t)index;
        write_u32(cache->version, version);
        return ks_specialise_to(instr, LOAD_ATTR_MODULE);
    }
    PyObject *descr;
    switch (descr_kind(Py_TYPE(owner), name, &descr, 0)) {
    case DESCR_SLOT: return specialise_slot(owner, instr, descr, PY_AUDIT_READ, LOAD_ATTR_SLOT);
    case DESCR_CLASS: return specialise_class(owner, instr);
    case DESCR_OTHER: return ks_specialise_fail(instr);
    default:
        return specialise_own(owner, instr, name, LOAD_ATTR_INSTANCE_VALUE, LOAD_ATTR_WITH_HINT);
    }
}

int
_Py_Specialize_StoreAttr(PyObject *owner, _Py_CODEUNIT *instr, PyObject *name)
{
    if (PyModule_CheckExact(owner))
        return ks_specialise_fail(instr);
    PyObject *descr;
    switch (descr_kind(Py_TYPE(owner), name, &descr, 1)) {
    case DESCR_SLOT: return specialise_slot(owner, instr, descr, READONLY, STORE_ATTR_SLOT);
    case DESCR_OTHER: return ks_specialise_fail(instr);
    default:
        return specialise_own(owner, instr, name, STORE_ATTR_INSTANCE_VALUE, STORE_ATTR_WITH_HINT);
    }
}

/* ---- LOAD_METHOD ---- */

static int
specialise_class_method(PyTypeObject *owner, _Py_CODEUNIT *instr, PyObject *name)
{
    _PyLoadMethodCache *cache = (_PyLoadMethodCache *)(instr + 1);
    /* A metaclass may have its say about attributes, and may change: only type itself cannot. */
    if (!Py_IS_TYPE(owner, &PyType_Type) || _PyType_Lookup(&PyType_Type, name) != NULL)
        return ks_specialise_fail(instr);
    PyObject *value = _PyType_Lookup(owner, name);
    if (value == NULL || !has_version(owner))
        return ks_specialise_fail(instr);
    PyTypeObject *kind = Py_TYPE(value);
    if (kind != &PyFunction_Type && kind != &PyMethodDescr_Type &&
        (kind->tp_descr_get != NULL || !(kind->tp_flags & Py_TPFLAGS_IMMUTABLETYPE)))
        return ks_specialise_fail(instr);
    write_u32(cache->type_version, owner->tp_version_tag);
    write_obj(cache->descr, value);
    return ks_specialise_to(instr, LOAD_METHOD_CLASS);
}

/* A version of keys that do not have the name, 0 if there is none. */
static uint32_t
keys_without(PyDictKeysObject *keys, PyObject *name)
{
    if (!DK_IS_UNICODE(keys) || _PyDictKeys_StringLookup(keys, name) != DKIX_EMPTY)
        return 0;
    return _PyDictKeys_GetVersionForCurrentState(keys);
}

int
_Py_Specialize_LoadMethod(PyObject *owner, _Py_CODEUNIT *instr, PyObject *name)
{
    _PyLoadMethodCache *cache = (_PyLoadMethodCache *)(instr + 1);
    PyTypeObject *type = Py_TYPE(owner);
    uint32_t version;
    if (PyModule_CheckExact(owner)) {
        Py_ssize_t index;
        if (!module_place(owner, name, &index, &version))
            return ks_specialise_fail(instr);
        cache->dict_offset = (uint16_t)index;
        write_u32(cache->keys_version, version);
        return ks_specialise_to(instr, LOAD_METHOD_MODULE);
    }
    if (PyType_Check(owner))
        return specialise_class_method((PyTypeObject *)owner, instr, name);
    PyObject *descr;
    if (descr_kind(type, name, &descr, 0) != DESCR_METHOD || !has_version(type))
        return ks_specialise_fail(instr);
    int form;
    if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) {
        PyDictObject *dict = *(PyDictObject **)_PyObject_ManagedDictPointer(owner);
        if (dict == NULL) {
            version = keys_without(((PyHeapTypeObject *)type)->ht_cached_keys, name);
            form = LOAD_METHOD_WITH_VALUES;
        }
        else {
            version = keys_without(dict->ma_keys, name);
            form = LOAD_METHOD_WITH_DICT;
        }
    }
    else if (type->tp_dictoffset == 0) {
        version = 1; /* not looked at */
        form = LOAD_METHOD_NO_DICT;
    }
    else {
        Py_ssize_t offset = type->tp_dictoffset;
        PyDictObject *dict =
            offset > 0 && offset <= INT16_MAX ? *(PyDictObject **)((char *)owner + offset) : NULL;
        if (dict == NULL)
            return ks_specialise_fail(instr);
        version = keys_without(dict->ma_keys, name);
        cache->dict_offset = (uint16_t)offset;
        form = LOAD_METHOD_WITH_DICT;
    }
    if (version == 0)
        return ks_specialise_fail(instr);
    write_u32(cache->keys_version, version);
    write_u32(cache->type_version, type->tp_version_tag);
    write_obj(cache->descr, descr);
    return ks_specialise_to(instr, form);
}

/* ---- LOAD_GLOBAL ---- */

int
_Py_Specialize_LoadGlobal(PyObject *globals, PyObject *builtins, _Py_CODEUNIT *instr,
                          PyObject *name)
{
    _PyLoadGlobalCache *cache = (_PyLoadGlobalCache *)(instr + 1);
    if (!PyDict_CheckExact(globals))
        return ks_specialise_fail(instr);
    PyDictKeysObject *keys = ((PyDictObject *)globals)->ma_keys;
    if (keys->dk_kind != DICT_KEYS_UNICODE)
        return ks_specialise_fail(instr);
    Py_ssize_t index = _PyDictKeys_StringLookup(keys, name);
    uint32_t version = _PyDictKeys_GetVersionForCurrentState(keys);
    if (index == DKIX_ERROR || index > UINT16_MAX || version == 0)
        return ks_specialise_fail(instr);
    if (index >= 0) {
        cache->index = (uint16_t)index;
        write_u32(cache->module_keys_version, version);
        return ks_specialise_to(instr, LOAD_GLOBAL_MODULE);
    }
    if (!PyDict_CheckExact(builtins))
        return ks_specialise_fail(instr);
    keys = ((PyDictObject *)builtins)->ma_keys;
    if (keys->dk_kind != DICT_KEYS_UNICODE)
        return ks_specialise_fail(instr);
    index = _PyDictKeys_StringLookup(keys, name);
    uint32_t builtins_version = _PyDictKeys_GetVersionForCurrentState(keys);
    if (index < 0 || index > UINT16_MAX || builtins_version == 0 || builtins_version > UINT16_MAX)
        return ks_specialise_fail(instr);
    cache->index = (uint16_t)index;
    cache->builtin_keys_version = (uint16_t)builtins_version;
    write_u32(cache->module_keys_version, version);
    return ks_specialise_to(instr, LOAD_GLOBAL_BUILTIN);
}
