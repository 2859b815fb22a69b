# packages: python3-matplotlib
# level: 4
"""A figure drawn by Agg and as SVG: every pixel and every byte."""
import io, hashlib
import matplotlib; matplotlib.use("Agg")
import matplotlib.pyplot as plt, numpy as np
fig, ax = plt.subplots(figsize=(4, 3), dpi=80)
x = np.linspace(0, 6, 100)
ax.plot(x, np.sin(x), label="sin"); ax.scatter(x[::10], np.cos(x[::10])); ax.set_title("T\u00e9st $x^2$"); ax.legend(); ax.contour(np.outer(x[:20], x[:20]))
b = io.BytesIO(); fig.savefig(b, format="png", metadata={"Software": None}); print(len(b.getvalue()), hashlib.sha1(np.asarray(fig.canvas.buffer_rgba()).tobytes()).hexdigest())
b = io.BytesIO(); matplotlib.rcParams["svg.hashsalt"] = "x"; fig.savefig(b, format="svg", metadata={"Date": None}); print(hashlib.sha1(b.getvalue()).hexdigest())
from matplotlib.path import Path
print(Path([[0, 0], [1, 0], [1, 1]]).contains_point((0.8, 0.3)), fig.bbox)
