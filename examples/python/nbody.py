"""N-body: the sun and the four giant planets, moved by a symplectic integrator.

Floating-point arithmetic on the elements of lists, in a loop over the pairs of bodies.

    nbody.py [steps]
"""

import sys

PI = 3.14159265358979323
SOLAR_MASS = 4 * PI * PI
DAYS_PER_YEAR = 365.24


def body(position, velocity, mass):
    """A body as (position, velocity, mass): AU, AU per day, solar masses."""
    return (position, [v * DAYS_PER_YEAR for v in velocity], mass * SOLAR_MASS)


def planets():
    sun = body([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], 1.0)
    jupiter = body(
        [4.84143144246472090e00, -1.16032004402742839e00, -1.03622044471123109e-01],
        [1.66007664274403694e-03, 7.69901118419740425e-03, -6.90460016972063023e-05],
        9.54791938424326609e-04,
    )
    saturn = body(
        [8.34336671824457987e00, 4.12479856412430479e00, -4.03523417114321381e-01],
        [-2.76742510726411899e-03, 4.99852801234917238e-03, 2.30417297573763929e-05],
        2.85885980666130812e-04,
    )
    uranus = body(
        [1.28943695621391310e01, -1.51111514016986312e01, -2.23307578892655734e-01],
        [2.96460137564761618e-03, 2.37847173959480950e-03, -2.96589568540237556e-05],
        4.36624404335156298e-05,
    )
    neptune = body(
        [1.53796971148509165e01, -2.59193146099879641e01, 1.79258772950371181e-01],
        [2.68067772490389322e-03, 1.62824170038242295e-03, -9.51592254519715870e-05],
        5.15138902046611451e-05,
    )
    return [sun, jupiter, saturn, uranus, neptune]


def pairs_of(bodies):
    pairs = []
    for i in range(len(bodies) - 1):
        for other in bodies[i + 1 :]:
            pairs.append((bodies[i], other))
    return pairs


def offset_momentum(bodies):
    """Gives the sun the velocity that keeps the centre of mass where it is."""
    px = py = pz = 0.0
    for _, (vx, vy, vz), mass in bodies:
        px -= vx * mass
        py -= vy * mass
        pz -= vz * mass
    _, velocity, mass = bodies[0]
    velocity[0] = px / mass
    velocity[1] = py / mass
    velocity[2] = pz / mass


def energy(bodies, pairs):
    total = 0.0
    for ((x1, y1, z1), _, m1), ((x2, y2, z2), _, m2) in pairs:
        dx = x1 - x2
        dy = y1 - y2
        dz = z1 - z2
        total -= m1 * m2 / (dx * dx + dy * dy + dz * dz) ** 0.5
    for _, (vx, vy, vz), mass in bodies:
        total += mass * (vx * vx + vy * vy + vz * vz) / 2.0
    return total


def advance(dt, steps, bodies, pairs):
    for _ in range(steps):
        for ((x1, y1, z1), v1, m1), ((x2, y2, z2), v2, m2) in pairs:
            dx = x1 - x2
            dy = y1 - y2
            dz = z1 - z2
            magnitude = dt * (dx * dx + dy * dy + dz * dz) ** -1.5
            pull1 = m1 * magnitude
            pull2 = m2 * magnitude
            v1[0] -= dx * pull2
            v1[1] -= dy * pull2
            v1[2] -= dz * pull2
            v2[0] += dx * pull1
            v2[1] += dy * pull1
            v2[2] += dz * pull1
        for position, (vx, vy, vz), _ in bodies:
            position[0] += dt * vx
            position[1] += dt * vy
            position[2] += dt * vz


def main():
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 25000
    bodies = planets()
    pairs = pairs_of(bodies)
    offset_momentum(bodies)
    print(f"{energy(bodies, pairs):.9f}")
    advance(0.01, steps, bodies, pairs)
    print(f"{energy(bodies, pairs):.9f}")


if __name__ == "__main__":
    main()
