"""Who does a step: dispositions, reassigning, stand-ins, vacant roles."""
