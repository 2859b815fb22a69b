/* SPDX-License-Identifier: MIT */
/* What time and datetime have in common: the reading of a clock and perhaps a zone, at other places
 * in the object. Getters find theirs by the offset in their closure. */
#include "datetime_parts.h"

PyObject *
ks_dt_clock_byte(PyObject *self, void *offset)
{
    return PyLong_FromLong(((unsigned char *)self)[(size_t)offset]);
}

PyObject *
ks_dt_clock_us(PyObject *self, void *offset)
{
    const unsigned char *bytes = (unsigned char *)self + (size_t)offset;
    return PyLong_FromLong(bytes[0] << 16 | bytes[1] << 8 | bytes[2]);
}

PyObject *
ks_dt_clock_zone(PyObject *self, void *offset)
{
    int aware = ((_PyDateTime_BaseTZInfo *)self)->hastzinfo;
    return Py_NewRef(aware ? *(PyObject **)((char *)self + (size_t)offset) : Py_None);
}

PyObject *
ks_dt_clock_reduce(PyObject *self, int protocol, const KsClockState *state)
{
    unsigned char data[_PyDateTime_DATETIME_DATASIZE];
    memcpy(data, state->data, (size_t)state->size);
    if (protocol > 3 && state->fold)
        data[state->fold_byte] |= 0x80;
    if (state->zone == Py_None)
        return Py_BuildValue("O(y#)", Py_TYPE(self), data, state->size);
    return Py_BuildValue("O(y#O)", Py_TYPE(self), data, state->size, state->zone);
}

PyObject *
ks_dt_clock_reduce_ex(PyObject *self, PyObject *args, const KsClockState *state)
{
    int protocol;
    if (!PyArg_ParseTuple(args, "i:__reduce_ex__", &protocol))
        return NULL;
    return ks_dt_clock_reduce(self, protocol, state);
}

int
ks_dt_clock_offsets(PyObject *left, PyObject *right, PyObject *(*utcoffset)(PyObject *, PyObject *),
                    KsMicros *difference)
{
    KS_OWNED PyObject *mine = utcoffset(left, NULL);
    if (mine == NULL)
        return -1;
    KS_OWNED PyObject *theirs = utcoffset(right, NULL);
    if (theirs == NULL)
        return -1;
    *difference = 0;
    if ((mine == Py_None) != (theirs == Py_None))
        return 0;
    if (mine != Py_None)
        *difference = ks_dt_delta_us(mine) - ks_dt_delta_us(theirs);
    return 1;
}
