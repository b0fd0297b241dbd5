"""The citizens' pages: file, look, add, press, take back, rate, ask. Plain HTML; scripts only add comfort."""
