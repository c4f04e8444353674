"""What every figure uses: processes, loads, answers, results."""
