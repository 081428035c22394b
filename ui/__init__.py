"""What screens share: shell and navigation, URL to View, maps, charts. Only this room and pages know streamlit."""
