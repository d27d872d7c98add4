"""Richards: the kernel of a small operating system, simulated.

Six tasks (an idle task, a worker, two handlers, two devices) pass packets to each other under a priority scheduler.
The program is made of method calls on objects of several classes, attribute reads and writes, and linked lists.

    richards.py [iterations]
"""

import sys

IDLE, WORKER, HANDLER_A, HANDLER_B, DEVICE_A, DEVICE_B = range(6)
TASKS = 6

KIND_DEVICE = 0
KIND_WORK = 1

PACKET_SIZE = 4
IDLE_ROUNDS = 10000

EXPECTED_QUEUED = 23246
EXPECTED_HELD = 9297


class Packet:
    """A message on its way from task to task, and a link of the queue it waits in."""

    def __init__(self, link, ident, kind):
        self.link = link
        self.ident = ident
        self.kind = kind
        self.datum = 0
        self.data = [0] * PACKET_SIZE

    def append_to(self, queue):
        self.link = None
        if queue is None:
            return self
        last = queue
        while last.link is not None:
            last = last.link
        last.link = self
        return queue


class Task:
    """A task: its packets, its place in the scheduler's list and what keeps it from running."""

    def __init__(self, scheduler, ident, priority, queue):
        self.scheduler = scheduler
        self.ident = ident
        self.priority = priority
        self.queue = queue
        self.pending = queue is not None
        self.waiting = False
        self.held = False
        self.link = scheduler.add(self)

    def is_blocked(self):
        return self.held or (self.waiting and not self.pending)

    def accept(self, packet, sender):
        """Queues `packet`; answers which of receiver and sender should run next."""
        if self.queue is None:
            self.queue = packet
            self.pending = True
            if self.priority > sender.priority:
                return self
        else:
            packet.append_to(self.queue)
        return sender

    def resume(self):
        """Runs the task on its first packet, if it waits for one; answers the task to run next."""
        packet = None
        if self.waiting and self.pending:
            packet = self.queue
            self.queue = packet.link
            self.waiting = False
            self.pending = self.queue is not None
        return self.step(packet)

    def wait(self):
        self.waiting = True
        return self

    def step(self, packet):
        raise NotImplementedError("a task must say what it does")


class IdleTask(Task):
    """Wakes one of the devices, chosen by a shift register."""

    def __init__(self, scheduler):
        Task.__init__(self, scheduler, IDLE, 0, None)
        self.register = 1
        self.rounds = IDLE_ROUNDS

    def step(self, packet):
        self.rounds -= 1
        if self.rounds == 0:
            return self.scheduler.hold()
        if self.register & 1 == 0:
            self.register >>= 1
            return self.scheduler.release(DEVICE_A)
        self.register = (self.register >> 1) ^ 0xD008
        return self.scheduler.release(DEVICE_B)


class WorkerTask(Task):
    """Fills work packets with letters and sends them to the handlers in turn."""

    def __init__(self, scheduler, queue):
        Task.__init__(self, scheduler, WORKER, 1000, queue)
        self.waiting = True
        self.destination = HANDLER_A
        self.letter = 0

    def step(self, packet):
        if packet is None:
            return self.wait()
        if self.destination == HANDLER_A:
            self.destination = HANDLER_B
        else:
            self.destination = HANDLER_A
        packet.ident = self.destination
        packet.datum = 0
        for i in range(PACKET_SIZE):
            self.letter += 1
            if self.letter > 26:
                self.letter = 1
            packet.data[i] = ord("A") + self.letter - 1
        return self.scheduler.send(packet)


class HandlerTask(Task):
    """Hands the letters of work packets, one by one, to a device."""

    def __init__(self, scheduler, ident, priority, queue):
        Task.__init__(self, scheduler, ident, priority, queue)
        self.waiting = True
        self.work = None
        self.devices = None

    def step(self, packet):
        if packet is not None:
            if packet.kind == KIND_WORK:
                self.work = packet.append_to(self.work)
            else:
                self.devices = packet.append_to(self.devices)
        work = self.work
        if work is not None:
            count = work.datum
            if count >= PACKET_SIZE:
                self.work = work.link
                return self.scheduler.send(work)
            device = self.devices
            if device is not None:
                self.devices = device.link
                device.datum = work.data[count]
                work.datum = count + 1
                return self.scheduler.send(device)
        return self.wait()


class DeviceTask(Task):
    """Takes a packet, is held until the idle task releases it, and sends the packet back."""

    def __init__(self, scheduler, ident, priority):
        Task.__init__(self, scheduler, ident, priority, None)
        self.waiting = True
        self.packet = None

    def step(self, packet):
        if packet is not None:
            self.packet = packet
            return self.scheduler.hold()
        packet = self.packet
        if packet is None:
            return self.wait()
        self.packet = None
        return self.scheduler.send(packet)


class Scheduler:
    """The list of tasks, by falling priority, and what has been counted."""

    def __init__(self):
        self.head = None
        self.table = [None] * TASKS
        self.current = None
        self.queued = 0
        self.held = 0

    def add(self, task):
        link = self.head
        self.head = task
        self.table[task.ident] = task
        return link

    def run(self):
        task = self.head
        while task is not None:
            if task.is_blocked():
                task = task.link
            else:
                self.current = task
                task = task.resume()

    def send(self, packet):
        receiver = self.table[packet.ident]
        sender = self.current
        self.queued += 1
        packet.link = None
        packet.ident = sender.ident
        return receiver.accept(packet, sender)

    def hold(self):
        self.held += 1
        self.current.held = True
        return self.current.link

    def release(self, ident):
        task = self.table[ident]
        task.held = False
        if task.priority > self.current.priority:
            return task
        return self.current


def packets(count, ident, kind):
    queue = None
    for _ in range(count):
        queue = Packet(queue, ident, kind)
    return queue


def simulate():
    scheduler = Scheduler()
    IdleTask(scheduler)
    WorkerTask(scheduler, packets(2, WORKER, KIND_WORK))
    HandlerTask(scheduler, HANDLER_A, 2000, packets(3, DEVICE_A, KIND_DEVICE))
    HandlerTask(scheduler, HANDLER_B, 3000, packets(3, DEVICE_B, KIND_DEVICE))
    DeviceTask(scheduler, DEVICE_A, 4000)
    DeviceTask(scheduler, DEVICE_B, 5000)
    scheduler.run()
    return scheduler.queued, scheduler.held


def main():
    iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    for _ in range(iterations):
        queued, held = simulate()
        if queued != EXPECTED_QUEUED or held != EXPECTED_HELD:
            print(f"wrong: queued {queued}, held {held}")
            sys.exit(1)
    print(f"richards: {iterations} iterations, {queued} packets queued, {held} tasks held")


if __name__ == "__main__":
    main()
