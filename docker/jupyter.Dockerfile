# JupyterLab with the workbench, without root. Built from the top of the repository (docker-compose.yml).
FROM python:3.13-slim

WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE NOTICE ./
COPY workbench workbench
COPY queries queries
COPY reports reports
COPY notebooks notebooks
RUN pip install --no-cache-dir -c constraints.txt '.[all]'

RUN useradd --create-home analyst \
    && install -d -o analyst -g analyst /home/analyst/work \
    && cp -r notebooks/. /home/analyst/work/ \
    && chown -R analyst:analyst /home/analyst/work
USER analyst
WORKDIR /home/analyst/work

EXPOSE 8888
# The token comes from the environment (JUPYTER_TOKEN); without one JupyterLab makes its own.
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--port=8888", "--no-browser"]
