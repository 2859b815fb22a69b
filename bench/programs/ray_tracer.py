# SPDX-License-Identifier: MIT
"""A ray tracer: vectors as objects, spheres and a floor, shadows and mirrors."""
import math
import sys


class Vector:
    __slots__ = ("x", "y", "z")

    def __init__(self, x, y, z):
        self.x, self.y, self.z = x, y, z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def unit(self):
        return self * (1.0 / math.sqrt(self.dot(self)))


class Sphere:
    def __init__(self, center, radius, shade, mirror):
        self.center, self.radius = center, radius
        self.shade, self.mirror = shade, mirror

    def meet(self, origin, ray):
        """Distance along the ray, or None."""
        away = origin - self.center
        half = away.dot(ray)
        root = half * half - away.dot(away) + self.radius * self.radius
        if root <= 0.0:
            return None
        distance = -half - math.sqrt(root)
        return distance if distance > 1e-6 else None

    def normal(self, point):
        return (point - self.center).unit()

    def shade_at(self, point):
        return self.shade


class Floor:
    mirror = 0.1

    def meet(self, origin, ray):
        return -origin.y / ray.y if ray.y < -1e-6 else None

    def normal(self, point):
        return Vector(0.0, 1.0, 0.0)

    def shade_at(self, point):
        return 0.9 if (math.floor(point.x) + math.floor(point.z)) % 2 else 0.3


class Scene:
    def __init__(self):
        self.things = [Floor()] + [
            Sphere(Vector(n * 1.6 - 3.0, 1.0 + n % 2, 5.0 + n), 1.0, 0.4 + 0.1 * n, 0.3) for n in range(5)]
        self.sun = Vector(-1.0, 2.0, -1.5).unit()

    def nearest(self, origin, ray):
        best, hit = math.inf, None
        for thing in self.things:
            distance = thing.meet(origin, ray)
            if distance is not None and distance < best:
                best, hit = distance, thing
        return best, hit

    def light(self, origin, ray, depth=0):
        distance, thing = self.nearest(origin, ray)
        if thing is None:
            return 0.5 + 0.5 * ray.y
        point = origin + ray * (distance - 1e-5)
        normal = thing.normal(point)
        facing = max(0.0, normal.dot(self.sun))
        if facing and self.nearest(point, self.sun)[1] is not None:
            facing = 0.0
        value = thing.shade_at(point) * (0.2 + 0.8 * facing)
        if depth < 2:
            bounce = ray - normal * (2.0 * normal.dot(ray))
            value += thing.mirror * self.light(point, bounce, depth + 1)
        return value


def main(scale):
    scene, eye, total, art = Scene(), Vector(0.0, 1.5, -4.0), 0.0, []
    width, height = 112, 56 * scale
    for row in range(height):
        line = ""
        for column in range(width):
            ray = Vector((column - width / 2) / width * 1.6, (height / 2 - row) / height * 0.9, 1.0).unit()
            light = scene.light(eye, ray)
            total += light
            line += " .:-=+*#%@"[min(9, int(light * 9))]
        art.append(line)
    print(f"{total:.6f}", *art[::len(art) // 6], sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 13)
