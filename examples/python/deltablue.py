"""An incremental solver of constraints between variables, after the DeltaBlue algorithm (Freeman-Benson, Maloney and Borning, 1990).

Constraints of different strengths are added to and removed from a graph, and the graph's plan is kept up to date by local
propagation. The program is made of small virtual methods on a hierarchy of classes, lists, and early returns.

    deltablue.py [n]
"""

import sys

REQUIRED, STRONG, PREFERRED, NORMAL, WEAK, WEAKEST = range(6)
FORWARD, BACKWARD, NONE = 1, -1, 0


class Variable:
    """A variable, and who determines it."""

    def __init__(self, name, value):
        self.name = name
        self.value = value
        self.constraints = []
        self.determined_by = None
        self.mark = 0
        self.walk_strength = WEAKEST
        self.stay = True

    def remove(self, constraint):
        self.constraints.remove(constraint)
        if self.determined_by is constraint:
            self.determined_by = None


class Constraint:
    """What all constraints do."""

    def __init__(self, strength):
        self.strength = strength

    def is_input(self):
        return False

    def add(self, planner):
        self.add_to_graph()
        planner.add_incrementally(self)

    def destroy(self, planner):
        if self.is_satisfied():
            planner.remove_incrementally(self)
        else:
            self.remove_from_graph()

    def satisfy(self, mark, planner):
        self.choose_method(mark)
        if not self.is_satisfied():
            if self.strength == REQUIRED:
                raise ValueError("could not satisfy a required constraint")
            return None
        self.mark_inputs(mark)
        out = self.output()
        overridden = out.determined_by
        if overridden is not None:
            overridden.mark_unsatisfied()
        out.determined_by = self
        if not planner.add_propagate(self, mark):
            raise ValueError("cycle")
        out.mark = mark
        return overridden


class UnaryConstraint(Constraint):
    """Of one variable."""

    def __init__(self, variable, strength, planner):
        super().__init__(strength)
        self.out = variable
        self.satisfied = False
        self.add(planner)

    def add_to_graph(self):
        self.out.constraints.append(self)
        self.satisfied = False

    def remove_from_graph(self):
        if self.out is not None:
            self.out.remove(self)
        self.satisfied = False

    def choose_method(self, mark):
        self.satisfied = self.out.mark != mark and self.strength < self.out.walk_strength

    def is_satisfied(self):
        return self.satisfied

    def mark_inputs(self, mark):
        pass

    def inputs_known(self, mark):
        return True

    def output(self):
        return self.out

    def mark_unsatisfied(self):
        self.satisfied = False

    def recalculate(self):
        self.out.walk_strength = self.strength
        self.out.stay = not self.is_input()
        if self.out.stay:
            self.execute()


class Stay(UnaryConstraint):
    """The variable keeps its value."""

    def execute(self):
        pass


class Edit(UnaryConstraint):
    """The variable's value comes from outside."""

    def is_input(self):
        return True

    def execute(self):
        pass


class BinaryConstraint(Constraint):
    """Of two variables."""

    def __init__(self, one, two, strength, planner):
        super().__init__(strength)
        self.one = one
        self.two = two
        self.direction = NONE
        self.prepare()
        self.add(planner)

    def prepare(self):
        pass

    def add_to_graph(self):
        self.one.constraints.append(self)
        self.two.constraints.append(self)
        self.direction = NONE

    def remove_from_graph(self):
        self.one.remove(self)
        self.two.remove(self)
        self.direction = NONE

    def choose_method(self, mark):
        one, two = self.one, self.two
        if one.mark == mark:
            free = two.mark != mark and self.strength < two.walk_strength
            self.direction = FORWARD if free else NONE
        elif two.mark == mark:
            free = one.mark != mark and self.strength < one.walk_strength
            self.direction = BACKWARD if free else NONE
        elif one.walk_strength > two.walk_strength:
            self.direction = BACKWARD if self.strength < one.walk_strength else NONE
        else:
            self.direction = FORWARD if self.strength < two.walk_strength else NONE

    def is_satisfied(self):
        return self.direction != NONE

    def input(self):
        return self.one if self.direction == FORWARD else self.two

    def output(self):
        return self.two if self.direction == FORWARD else self.one

    def mark_inputs(self, mark):
        self.input().mark = mark

    def inputs_known(self, mark):
        source = self.input()
        return source.mark == mark or source.stay or source.determined_by is None

    def mark_unsatisfied(self):
        self.direction = NONE

    def recalculate(self):
        source, out = self.input(), self.output()
        out.walk_strength = max(self.strength, source.walk_strength)
        out.stay = source.stay
        if out.stay:
            self.execute()


class Equal(BinaryConstraint):
    """Both are the same."""

    def execute(self):
        self.output().value = self.input().value


class Scale(BinaryConstraint):
    """One is the other, scaled and moved."""

    def __init__(self, source, scale, offset, out, strength, planner):
        self.scale = scale
        self.offset = offset
        super().__init__(source, out, strength, planner)

    def add_to_graph(self):
        super().add_to_graph()
        self.scale.constraints.append(self)
        self.offset.constraints.append(self)

    def remove_from_graph(self):
        super().remove_from_graph()
        self.scale.remove(self)
        self.offset.remove(self)

    def mark_inputs(self, mark):
        super().mark_inputs(mark)
        self.scale.mark = mark
        self.offset.mark = mark

    def execute(self):
        if self.direction == FORWARD:
            self.two.value = self.one.value * self.scale.value + self.offset.value
        else:
            self.one.value = (self.two.value - self.offset.value) // self.scale.value

    def recalculate(self):
        source, out = self.input(), self.output()
        out.walk_strength = max(self.strength, source.walk_strength)
        out.stay = source.stay and self.scale.stay and self.offset.stay
        if out.stay:
            self.execute()


class Planner:
    """Keeps the graph solved."""

    def __init__(self):
        self.current = 0

    def new_mark(self):
        self.current += 1
        return self.current

    def add_incrementally(self, constraint):
        mark = self.new_mark()
        overridden = constraint.satisfy(mark, self)
        while overridden is not None:
            overridden = overridden.satisfy(mark, self)

    def remove_incrementally(self, constraint):
        out = constraint.output()
        constraint.mark_unsatisfied()
        constraint.remove_from_graph()
        unsatisfied = self.remove_propagate(out)
        for strength in range(REQUIRED, WEAKEST + 1):
            for each in unsatisfied:
                if each.strength == strength:
                    self.add_incrementally(each)

    def plan(self, sources):
        mark = self.new_mark()
        plan = []
        todo = sources
        while todo:
            constraint = todo.pop()
            out = constraint.output()
            if out.mark != mark and constraint.inputs_known(mark):
                plan.append(constraint)
                out.mark = mark
                self.add_consumers(out, todo)
        return plan

    def plan_from(self, constraints):
        return self.plan([each for each in constraints if each.is_input() and each.is_satisfied()])

    def add_propagate(self, constraint, mark):
        todo = [constraint]
        while todo:
            each = todo.pop()
            if each.output().mark == mark:
                self.remove_incrementally(constraint)
                return False
            each.recalculate()
            self.add_consumers(each.output(), todo)
        return True

    def remove_propagate(self, out):
        out.determined_by = None
        out.walk_strength = WEAKEST
        out.stay = True
        unsatisfied = []
        todo = [out]
        while todo:
            variable = todo.pop()
            for each in variable.constraints:
                if not each.is_satisfied():
                    unsatisfied.append(each)
            determining = variable.determined_by
            for each in variable.constraints:
                if each is not determining and each.is_satisfied():
                    each.recalculate()
                    todo.append(each.output())
        return unsatisfied

    def add_consumers(self, variable, todo):
        determining = variable.determined_by
        for each in variable.constraints:
            if each is not determining and each.is_satisfied():
                todo.append(each)


def execute(plan):
    for constraint in plan:
        constraint.execute()


def change(planner, variable, value):
    edit = Edit(variable, PREFERRED, planner)
    plan = planner.plan_from([edit])
    for _ in range(10):
        variable.value = value
        execute(plan)
    edit.destroy(planner)


def chain(n):
    planner = Planner()
    previous = first = last = None
    for i in range(n + 1):
        variable = Variable(f"v{i}", 0)
        if previous is not None:
            Equal(previous, variable, REQUIRED, planner)
        if i == 0:
            first = variable
        if i == n:
            last = variable
        previous = variable
    Stay(last, WEAK, planner)
    edit = Edit(first, PREFERRED, planner)
    plan = planner.plan_from([edit])
    for i in range(100):
        first.value = i
        execute(plan)
        if last.value != i:
            raise ValueError("chain: wrong value")
    edit.destroy(planner)
    return last.value


def projection(n):
    planner = Planner()
    scale = Variable("scale", 10)
    offset = Variable("offset", 1000)
    sources, outs = [], []
    source = out = None
    for i in range(n):
        source = Variable("source", i)
        out = Variable("out", i)
        sources.append(source)
        outs.append(out)
        Stay(source, NORMAL, planner)
        Scale(source, scale, offset, out, REQUIRED, planner)
    change(planner, source, 17)
    if out.value != 1170:
        raise ValueError("projection: wrong value")
    change(planner, out, 1050)
    if source.value != 5:
        raise ValueError("projection: wrong source")
    change(planner, scale, 5)
    for i in range(n - 1):
        if outs[i].value != sources[i].value * 5 + 1000:
            raise ValueError("projection: wrong scale")
    change(planner, offset, 2000)
    total = 0
    for i in range(n - 1):
        if outs[i].value != sources[i].value * 5 + 2000:
            raise ValueError("projection: wrong offset")
        total += outs[i].value
    return total


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    print(f"chain {chain(n)}, projection {projection(n)}")


if __name__ == "__main__":
    main()
