@echo off
rem Drag a spreadsheet onto this file. It runs with the Python that equiwait was installed in: the folder .venv beside
rem this file or above it, else the computer's own.
setlocal
set "python=py"
if exist "%~dp0..\.venv\Scripts\python.exe" set "python=%~dp0..\.venv\Scripts\python.exe"
if exist "%~dp0.venv\Scripts\python.exe" set "python=%~dp0.venv\Scripts\python.exe"
"%python%" "%~dp0report_on_a_spreadsheet.py" %*
if errorlevel 1 pause
