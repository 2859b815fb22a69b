/* SPDX-License-Identifier: MIT */
/* The parts of the type system, as they see each other.
 *
 * A type is built in stages: ks_type_mro_* orders its ancestors, type_ready.c copies what is
 * inherited, type_slots.c keeps C slots and special methods in step, type_cache.c remembers
 * look-ups under version tags, type_instance.c lets instances of Python classes live and die. */
#ifndef KS_TYPE_H
#define KS_TYPE_H

#include "ks_base.h"

/* type_cache.c: find a name along the MRO. Borrowed, NULL if absent; *failed is 1 when NULL means
 * that an exception is set. */
KS_BORROWED PyObject *ks_type_find_in_mro(PyTypeObject *type, PyObject *name, int *failed);
/* Types whose ancestors are not all reached by tp_bases must not keep a tag over a change. */
void ks_type_mro_changed(PyTypeObject *type, PyObject *bases);

/* type_mro.c */
int ks_type_mro_update(PyTypeObject *type, PyObject **old_mro); /* 1 set, 0 overtaken, -1 error */
PyTypeObject *ks_type_best_base(PyObject *bases);               /* borrowed */
PyTypeObject *ks_type_solid_base(PyTypeObject *type);           /* borrowed */
int ks_type_is_subtype_by_bases(PyTypeObject *type, PyTypeObject *ancestor);
int ks_type_assign_bases(PyTypeObject *type, PyObject *bases);
/* 1 if instances of one type may become instances of the other, else TypeError naming attr. */
int ks_type_same_layout(PyTypeObject *from, PyTypeObject *to, const char *attr);

/* type_subclasses.c: who inherits from whom, by weak references. */
int ks_type_subclass_add(PyTypeObject *base, PyTypeObject *type);
void ks_type_subclass_remove(PyTypeObject *base, PyTypeObject *type);
int ks_type_subclass_add_all(PyTypeObject *type, PyObject *bases);
void ks_type_subclass_remove_all(PyTypeObject *type, PyObject *bases);
/* Borrowed; NULL for a subclass that is going away. */
PyTypeObject *ks_type_subclass_from_ref(PyObject *ref);

/* type_slots.c */
int ks_type_add_wrappers(PyTypeObject *type);             /* filled slots -> dict entries */
void ks_type_fill_slots(PyTypeObject *type);              /* special methods -> slots */
int ks_type_update_slot(PyTypeObject *type, PyObject *name); /* after a change of one name */
void ks_type_update_all_slots(PyTypeObject *type);
int ks_name_is_dunder(PyObject *name);
int ks_type_intern_slot_names(void);

/* type_object.c, type_new.c: slot functions that others compare with. */
PyObject *ks_object_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
int ks_object_init(PyObject *self, PyObject *args, PyObject *kwargs);
PyObject *ks_type_new(PyTypeObject *metatype, PyObject *args, PyObject *kwargs);
/* 1 if type may be instantiated, else TypeError naming its abstract methods. */
int ks_type_check_concrete(PyTypeObject *type);
PyObject *ks_object_reduce(PyObject *self, PyObject *unused);
PyObject *ks_object_reduce_ex(PyObject *self, PyObject *protocol);
PyObject *ks_object_getstate(PyObject *self, PyObject *unused);
PyObject *ks_object_dir(PyObject *self, PyObject *unused);
PyObject *ks_type_dir(PyObject *self, PyObject *unused);
PyObject *ks_type_mro_method(PyObject *self, PyObject *unused);

/* type_slot_calls.c: slots that answer by calling a Python method. */
PyObject *ks_slot_new(PyTypeObject *type, PyObject *args, PyObject *kwargs);
int ks_slot_init(PyObject *self, PyObject *args, PyObject *kwargs);
int ks_slot_setattro(PyObject *self, PyObject *name, PyObject *value);
/* A special method of obj's type: borrowed function and *unbound = 1 when it takes self first.
 * The result is owned. NULL without an exception if absent. */
KS_NEW PyObject *ks_special_lookup(PyObject *self, PyObject *name, int *unbound);

/* type_new_wrapper.c: the __new__ of C types. */
int ks_type_add_new(PyTypeObject *type);
int ks_is_new_wrapper(PyObject *callable);

/* type_instance.c */
void ks_instance_dealloc(PyObject *self);
int ks_instance_traverse(PyObject *self, visitproc visit, void *arg);
int ks_instance_clear(PyObject *self);
PyObject *ks_instance_vectorcall(PyObject *type, PyObject *const *args, size_t nargsf,
                                 PyObject *kwnames);
PyObject *ks_instance_get_dict(PyObject *self, void *closure);
int ks_instance_set_dict(PyObject *self, PyObject *value, void *closure);
PyObject *ks_instance_get_weakref(PyObject *self, void *closure);

/* type_attrs.c: the attributes of type itself. */
extern PyGetSetDef ks_type_getsets[];
KS_NEW PyObject *ks_type_name(PyTypeObject *type);
KS_NEW PyObject *ks_type_qualname(PyTypeObject *type);
KS_NEW PyObject *ks_type_module(PyTypeObject *type);

/* type_spec.c: the token a spec gave its type, or NULL. */
void *ks_type_token(PyTypeObject *type);

#endif
