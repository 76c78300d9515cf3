@echo off
rem Drag a spreadsheet onto this file.
py "%~dp0report_on_a_spreadsheet.py" %*
if errorlevel 1 pause
