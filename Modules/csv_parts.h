/* SPDX-License-Identifier: MIT */
/* Module _csv: what its files share. */
#ifndef KS_CSV_PARTS_H
#define KS_CSV_PARTS_H

#include "Python.h"
#include "ks_base.h"

enum CsvQuoting { QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE };

/* No character at all. */
#define CSV_NOT_SET ((Py_UCS4)-1)

typedef struct CsvDialect {
    PyObject_HEAD
    char doublequote;
    char skipinitialspace;
    char strict;
    int quoting;
    Py_UCS4 delimiter;
    Py_UCS4 quotechar;
    Py_UCS4 escapechar;
    PyObject *lineterminator;
} CsvDialect;

typedef struct CsvState {
    PyObject *error;
    PyObject *dialects; /* registered ones, by name */
    PyTypeObject *dialect_type, *reader_type, *writer_type;
    long field_limit;
} CsvState;

extern struct PyModuleDef ks_csv_module;
extern PyType_Spec ks_csv_dialect_spec, ks_csv_reader_spec, ks_csv_writer_spec;

/* csv_dialect.c: the dialect that a name, an instance or NULL and keywords describe. */
KS_NEW PyObject *ks_csv_dialect(CsvState *state, PyObject *dialect, PyObject *keywords);
/* The registered dialect, or NULL with _csv.Error. */
KS_NEW PyObject *ks_csv_registered(CsvState *state, PyObject *name);

/* csv_reader.c, csv_writer.c: what reader() and writer() return. */
KS_NEW PyObject *ks_csv_reader(CsvState *state, PyObject *iterable, KS_STEALS PyObject *dialect);
KS_NEW PyObject *ks_csv_writer(CsvState *state, PyObject *file, KS_STEALS PyObject *dialect);

#endif
