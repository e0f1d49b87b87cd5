"""Machine: what every running guest can do, whoever runs it and wherever.

MachineFacts ◁── MachineInspection · MachineDevices ◁── Machine
what is known    looked into       · devices changed    begun, held and ended
"""

from .machine import Machine

__all__ = ["Machine"]
