// ZIP
