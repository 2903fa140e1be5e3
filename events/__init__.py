"""What authorities did: vocabulary, days, event types, the lifecycle automaton, decisions and the log."""
