"""Pure rules and names: no streamlit, no ETL."""
