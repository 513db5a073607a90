"""What relabel rules make of labels: exactly for known targets, abstractly for the rest."""
