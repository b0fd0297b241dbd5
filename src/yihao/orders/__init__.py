"""The life of a work order (工单): registered, dispatched, signed, handled, answered, closed, rated, archived."""
