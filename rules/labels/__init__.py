"""The five risk labels of 乌民政发〔2025〕23号 二(二)7. One file per label."""
