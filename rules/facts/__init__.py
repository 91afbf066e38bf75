"""What the rules reckon with: one small file per kind of fact, from accepted rows to what holds on the check date."""
