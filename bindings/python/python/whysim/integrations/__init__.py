"""Explanations where texts are retrieved: one module for each library, none of which is imported before it is asked for.

:func:`whysim.explain_hits` explains any list of hits. The modules do the same within a library, in its own types: ``langchain``,
``llama_index``, ``haystack``, ``lancedb``, ``chroma``, ``qdrant``, ``sqlite_vec``, ``duckdb``, ``polars`` and
``sentence_transformers``. Each has an extra of its name: ``pip install 'whysim[langchain]'``.
"""
