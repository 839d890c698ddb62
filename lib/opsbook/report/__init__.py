"""From a notebook to a page: parameters, execution, HTML, results for machines."""
