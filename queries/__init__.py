"""One module a subject, one function a question: View in, DataFrame out. No streamlit."""
