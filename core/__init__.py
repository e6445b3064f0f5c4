"""What the hub computes. Nothing here draws: ``core`` never imports Streamlit.

hub              registry, contract, errors, settings, artifacts, jobs, store
datasets         the catalogue of bundled data, and reading what a person uploads
evaluation       splits, metrics with intervals, comparisons, calibration, conformal sets, reports
serving          the HTTP API over the same predict functions
tabular          projects on tables
scratch          projects made by hand with NumPy
vision           projects on pictures, faces and the webcam
text             projects on texts and languages
experimentation  randomised trials
streaming        payments as they arrive
"""
