"""The tests: unit/ (pure rules), integration/ (real MongoDB, real processes), e2e/ (the whole stack), bench/."""
